"""Closed world: whatever is answered or sent, nothing is concluded that was not said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daoda.kit.http import Answer, NoAnswer
from daoda.trade.suppliers.adapters.base import Notice
from daoda.trade.suppliers.adapters.tests import world
from daoda.trade.suppliers.adapters.tests.world import NOW, NUMBER

pytestmark = pytest.mark.slow

names = st.sampled_from(sorted(world.NAMES))
words = st.text(max_size=20)
scalars = words | st.integers(-10, 10_000) | st.none() | st.booleans() | st.floats()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4)
)
# The names answers are read by, with whatever may stand there.
NEAR = [
    "code",
    "data",
    "result",
    "msg",
    "status",
    "state",
    "orderStatus",
    "order_id",
    "ok",
    "cards",
]
near = st.dictionaries(st.sampled_from(NEAR), anything, max_size=6)
bodies = st.binary(max_size=300) | (anything | near).map(lambda v: json.dumps(v).encode())
statuses = st.sampled_from([200, 200, 200, 201, 302, 400, 402, 404, 409, 429, 500, 502])
SAYING = {"succeeded", "failed", "refunded", "absent"}


def quantity(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@given(names, statuses, bodies, st.sampled_from(["card", "topup"]))
@settings(max_examples=400)
def test_an_odd_answer_is_never_final(name: str, status: int, body: bytes, kind: str) -> None:
    """Codes here are random: a refusal a document lists may be hit, but never an outcome."""
    made, bought = world.everybody()[name], world.purchase(kind=kind)
    answer = Answer(status, {}, body)
    query = made.read_query(purchase=bought, answer=answer, now=NOW)
    assert query.status not in SAYING or NUMBER in body.decode(errors="replace")
    created = made.read_create(purchase=bought, answer=answer, now=NOW)
    assert created.status != "refunded"
    assert made.read_balance(answer=answer, now=NOW).detail
    made.mask(raw=body)


@given(names, st.sampled_from(["card", "topup"]), words)
def test_silence_is_unknown(name: str, kind: str, reason: str) -> None:
    made, bought = world.everybody()[name], world.purchase(kind=kind)
    for read in (made.read_create, made.read_query):
        assert read(purchase=bought, answer=NoAnswer(reason), now=NOW).status == "unknown"


@given(names, bodies, st.dictionaries(words, words, max_size=3), st.text(max_size=40))
@settings(max_examples=300)
def test_nobody_without_the_key_says_anything(
    name: str, body: bytes, headers: dict[str, str], query: str
) -> None:
    made = world.everybody()[name]
    told = made.read_notice(notice=Notice("POST", headers, query, body, "/inbound/1"), now=NOW)
    assert told.verdict != "genuine"
    assert told.reading is None
    assert 0 < len(told.event_key) <= 160


@given(names, bodies)
def test_a_masked_copy_holds_no_secret(name: str, body: bytes) -> None:
    made = world.everybody()[name]
    text = made.mask(raw=json.dumps({"key": world.SECRET, "sign": "abc", "n": 1}).encode())
    assert world.SECRET not in text
    assert "abc" not in text
    assert "\0" not in made.mask(raw=body)
