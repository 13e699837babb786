"""A day is read whole, or refused place by place; whatever is sent."""

from __future__ import annotations

import copy
import json
import uuid
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.watch.rehearsals.rules import (
    PLAYED_MAX,
    PRESETS,
    BadDay,
    clock_text,
    preset,
    read_day,
)

VARIANT = uuid.UUID(int=7).hex
ON = date(2026, 11, 28)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def day(**changes: Any) -> dict[str, Any]:
    """A quiet day with some places changed: ``curve__0__from="12:00"``."""
    made = preset("quiet", on=ON, mix=[{"variant": VARIANT, "share": 1}])
    for path, value in changes.items():
        put(made, path.split("__"), value)
    return made


def put(table: Any, path: list[str], value: Any) -> None:
    *way, last = path
    for name in way:
        table = table[int(name) if name.isdecimal() else name]
    table[int(last) if last.isdecimal() else last] = value


def places(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a stored day."""
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for name, value in inside:
        here = (*path, str(name))
        found.append(here)
        if isinstance(value, dict | list):
            found += places(value, here)
    return found


PLACES = places(day())


def refusal(raw: Any) -> dict[str, str]:
    with pytest.raises(BadDay) as refused:
        read_day(raw)
    return refused.value.problems


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_day_that_can_be_stored(name: str) -> None:
    raw = preset(name, on=ON, mix=[{"variant": VARIANT, "share": 1}])
    assert read_day(json.loads(json.dumps(raw))) == read_day(raw)


def test_the_sale_day_is_one_of_fifty_thousand_orders() -> None:
    raw = preset("sale", on=ON, mix=[{"variant": VARIANT, "share": 1}])
    assert read_day(raw).orders == 50_000


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"date": "2026-02-30"}, "date", "not_a_date"),
        ({"date": "9999-01-01"}, "date", "not_a_date"),
        ({"date": 20261128}, "date", "not_a_date"),
        ({"ends": "24:01"}, "ends", "not_a_time"),
        ({"ends": "7pm"}, "ends", "not_a_time"),
        ({"ends": "٠٧:٠٠"}, "ends", "not_a_time"),
        ({"ends": "12:00"}, "ends", "not_rising"),
        ({"curve": []}, "curve", "empty"),
        ({"curve": "20:00"}, "curve", "empty"),
        ({"curve__1__from": "00:00"}, "curve.1.from", "not_rising"),
        ({"curve__1__per_minute": float("nan")}, "curve.1.per_minute", "not_a_number"),
        ({"curve__1__per_minute": float("inf")}, "curve.1.per_minute", "too_large"),
        ({"curve__1__per_minute": True}, "curve.1.per_minute", "not_a_number"),
        ({"curve__1__per_minute": 10**400}, "curve.1.per_minute", "too_large"),
        ({"curve__1__per_minute": -1}, "curve.1.per_minute", "too_small"),
        ({"mix": []}, "mix", "empty"),
        ({"mix__0__share": 0}, "mix", "empty"),
        ({"mix__0__variant": "the red one"}, "mix.0.variant", "not_an_id"),
        ({"mix__0__quantity": 1.5}, "mix.0.quantity", "not_whole"),
        ({"paying__share": 1.01}, "paying.share", "too_large"),
        ({"paying__takes__p90_s": 1}, "paying.takes.p90_s", "too_small"),
        ({"agents__at_once": 10**9}, "agents.at_once", "too_large"),
        ({"agents__ends": "08:00"}, "agents.ends", "not_rising"),
        ({"restock__codes": "many"}, "restock.codes", "not_a_number"),
        ({"seed": -1}, "seed", "too_small"),
        ({"surprise": 1}, "surprise", "unknown"),
        ({"one_in": 0}, "one_in", "too_small"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(changes: Any, place: str, code: str) -> None:
    assert refusal(day(**changes))[place] == code


def test_a_variant_stands_in_the_mix_once() -> None:
    part = {"variant": VARIANT, "share": 1}
    assert refusal(day(mix=[part, dict(part)])) == {"mix.1.variant": "twice"}


def test_a_day_nobody_comes_on_is_none() -> None:
    assert refusal(day(curve=[{"from": "00:00", "per_minute": 0}])) == {"curve": "empty"}


def test_a_day_too_large_to_be_played_says_which_number_helps() -> None:
    large = day(curve=[{"from": "00:00", "per_minute": 100}])
    assert read_day({**large, "one_in": 3}).orders > PLAYED_MAX
    assert refusal(large) == {"one_in": "too_small"}


def test_everything_wrong_is_told_at_once() -> None:
    problems = refusal(day(date="", ends="", agents__at_once=None))
    assert set(problems) == {"date", "ends", "agents.at_once"}


@given(raw=ANYTHING)
def test_whatever_is_sent_is_refused_in_words(raw: Any) -> None:
    assert refusal(raw)


@given(path=st.sampled_from(PLACES), value=ANYTHING)
def test_a_day_with_anything_anywhere_is_read_or_refused(path: tuple[str, ...], value: Any) -> None:
    changed = copy.deepcopy(day())
    put(changed, list(path), value)
    try:
        read = read_day(changed)
    except BadDay as bad:
        assert bad.problems  # noqa: PT017 - either way is right, and nothing else is
    else:
        assert read.orders >= 1
        assert read.curve[-1].starts < read.ends


@given(minute=st.integers(0, 24 * 60))
def test_a_minute_is_read_as_it_is_written(minute: int) -> None:
    if minute > 0:
        changed = day(curve=[{"from": "00:00", "per_minute": 10}], ends=clock_text(minute))
        assert read_day(changed).ends == minute
