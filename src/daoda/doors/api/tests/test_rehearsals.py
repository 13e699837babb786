from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from daoda.doors.api.tests.world import Program, token
from daoda.kit import clock
from daoda.records.accounts.roles import Scope
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
from daoda.watch.rehearsals import actions as rehearsals
from daoda.watch.rehearsals import rules
from daoda.watch.rehearsals.models import Rehearsal


@pytest.fixture
def day(card: Variant) -> dict[str, Any]:
    mix = [{"variant": card.pk.hex, "share": 1}]
    return rules.preset("quiet", on=date(2026, 11, 28), mix=mix)


def test_a_day_is_asked_for_and_followed_to_its_outcome(till: Program, day: Any) -> None:
    asked = till.post("/rehearsals", {"name": "Eve", "day": day}, once="rehearse-1")
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    assert asked.json()["promise"]["node"] == "turn"
    assert asked.json()["outcome"] is None
    rehearsals.begin(now=clock.now())
    rehearsals.finish(rehearsal_id=asked.json()["id"], outcome={"version": 1}, now=clock.now())
    done = till.get(asked.headers["Location"].removeprefix("/api/v1")).json()
    assert (done["state"], done["promise"]) == ("done", None)
    assert (done["day"], done["outcome"]) == (day, {"version": 1})


def test_asked_twice_it_is_one(till: Program, day: Any) -> None:
    for _ in range(2):
        till.post("/rehearsals", {"day": day}, once="rehearse-1")
    assert Rehearsal.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"seed": -1}, "body.day.seed", "too_small"),
        ({"curve": [{"from": "soon", "per_minute": 1}]}, "body.day.curve.0.from", "not_a_time"),
        ({"mix": [{"variant": "f" * 32, "share": 1}]}, "body.day.mix.0.variant", "unknown"),
    ],
)
def test_what_is_wrong_with_a_day_is_told_by_its_place(
    till: Program, day: Any, change: Any, where: str, code: str
) -> None:
    answer = till.post("/rehearsals", {"day": {**day, **change}}, once="rehearse-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {(one["where"], one["code"]) for one in answer.json()["errors"]} >= {(where, code)}


def test_the_line_has_an_end(till: Program, day: Any) -> None:
    for number in range(rehearsals.OPEN_MAX):
        till.post("/rehearsals", {"day": day}, once=f"rehearse-{number}")
    answer = till.post("/rehearsals", {"day": day}, once="rehearse-more")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_open")


def test_a_key_without_the_scope_may_not(lamp: Shop, day: Any) -> None:
    program = Program(lamp, token(lamp, Scope.STOCK_WRITE, Scope.ORDERS_WRITE))
    answer = program.post("/rehearsals", {"day": day}, once="rehearse-1")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_another_shops_rehearsal_is_not_there(till: Program, day: Any, pine: Shop) -> None:
    asked = till.post("/rehearsals", {"day": day}, once="rehearse-1").json()
    other = Program(pine, token(pine)).get(f"/rehearsals/{asked['id']}")
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
