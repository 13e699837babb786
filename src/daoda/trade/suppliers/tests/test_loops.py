"""What happens by itself: the breaker, the balance, maintenance."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from daoda.kit import http
from daoda.records.journal.models import Fact
from daoda.records.promises import queries as dates
from daoda.records.promises import rules as promises
from daoda.records.shops.models import Shop
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers import loops
from daoda.trade.suppliers.models import Supplier
from daoda.trade.suppliers.rules import resting
from daoda.trade.suppliers.tests import world
from daoda.trade.suppliers.tests.world import NOON


@pytest.fixture
def lamp(db: None) -> Shop:
    return world.shop()


def at(**passed: float) -> datetime:
    return NOON + timedelta(**passed)


def calls(supplier: Supplier, result: str, count: int, when: datetime) -> None:
    suppliers.record_outcomes(
        outcomes=[suppliers.Outcome(supplier.pk, "call", result, 300, when, count)]  # type: ignore[arg-type]
    )


def now(supplier: Supplier) -> Supplier:
    found: Supplier = Supplier.everywhere.get(pk=supplier.pk)
    return found


def test_a_supplier_that_gives_no_clear_answer_is_left_alone_tried_and_taken_back(
    lamp: Shop,
) -> None:
    made = world.supplier(lamp)
    calls(made, "unknown", 4, at(minutes=2))
    calls(made, "succeeded", 5, at(minutes=2))
    assert suppliers.judge(now=at(minutes=3)) == 0  # nine results are too few to conclude from
    calls(made, "succeeded", 4, at(minutes=3))
    assert suppliers.judge(now=at(minutes=3)) == 1
    broken = now(made)
    assert (broken.state, broken.promised_at) == ("tripped", at(minutes=4))
    assert broken.reason == "30% of 13 calls without a clear answer"
    assert suppliers.judge(now=at(minutes=3.9)) == 0
    assert suppliers.judge(now=at(minutes=4)) == 1
    assert now(made).state == "probing"
    calls(made, "succeeded", 3, at(minutes=5))
    assert suppliers.judge(now=at(minutes=5)) == 1
    assert (now(made).state, now(made).trips, now(made).promised_at) == ("working", 0, None)
    calls(made, "succeeded", 10, at(minutes=5))
    assert suppliers.judge(now=at(minutes=6)) == 0  # what happened before is not held against it
    kinds = Fact.everywhere.filter(subject_id=made.pk).order_by("at", "id")
    assert [fact.kind for fact in kinds] == [
        "supplier.created", "supplier.tripped", "supplier.probed", "supplier.recovered",
    ]  # fmt: skip


def test_whoever_fails_while_tried_rests_twice_as_long(lamp: Shop) -> None:
    made = world.supplier(lamp)
    calls(made, "failed", 20, at(minutes=2))
    suppliers.judge(now=at(minutes=3))
    suppliers.judge(now=at(minutes=4))
    calls(made, "unknown", 1, at(minutes=5))
    suppliers.judge(now=at(minutes=5))
    again = now(made)
    assert (again.state, again.trips, again.promised_at) == ("tripped", 2, at(minutes=7))


def test_a_try_nobody_made_use_of_goes_on_with_a_new_date(lamp: Shop) -> None:
    made = world.supplier(lamp)
    calls(made, "failed", 20, at(minutes=2))
    suppliers.judge(now=at(minutes=3))
    suppliers.judge(now=at(minutes=4))
    suppliers.judge(now=at(minutes=6))
    assert (now(made).state, now(made).promised_at) == ("probing", at(minutes=8))


def test_a_pause_ends_at_its_date(lamp: Shop) -> None:
    made = world.supplier(lamp)
    suppliers.pause(supplier_id=made.pk, until=at(hours=1), reason="moving", actor="a", now=NOON)
    assert suppliers.judge(now=at(minutes=59)) == 0
    assert loops.judge(at(hours=1)) == 1
    assert now(made).state == "working"


def test_a_low_balance_is_told_once_and_its_return_too(
    lamp: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.supplier(lamp, warn_below_fen=50_000)
    balance = ["100.00"]

    def answer(given: list[http.Call], **_: object) -> list[http.Answer]:
        body = f'{{"ok": true, "balance": "{balance[0]}", "currency": "CNY"}}'
        return [http.Answer(200, {}, body.encode()) for _ in given]

    monkeypatch.setattr(http, "send_all", answer)
    assert loops.read_balances(NOON) == 1
    assert now(made).balance_fen == 10_000
    assert loops.read_balances(at(seconds=59)) == 0
    assert loops.read_balances(at(seconds=60)) == 1
    balance[0] = "600.00"
    assert loops.read_balances(at(seconds=120)) == 1
    assert now(made).warned_at is None
    assert [fact.kind for fact in Fact.everywhere.filter(kind__contains="balance")] == [
        "supplier.balance_low", "supplier.balance_restored",
    ]  # fmt: skip


def test_the_clock_stands_while_all_suppliers_of_a_product_rest(lamp: Shop) -> None:
    light = world.variant(lamp)
    one, other = world.supplier(lamp, "one"), world.supplier(lamp, "other")
    world.offer(one, light)
    night = {"days": [0, 1, 2, 3, 4, 5, 6], "starts": "01:00", "ends": "05:00"}
    assert suppliers.set_windows(supplier_id=one.pk, windows=[night], actor="a", now=NOON) == 1
    start = NOON.replace(day=2, hour=17)  # one in the morning in Shanghai
    rules = dates.rules_of(lamp.pk, now=NOON)
    assert rules.due("supplying", start, light.product_id).due_at == start + timedelta(hours=4.5)
    assert rules.due("supplying", start, light.product_id).reasons == ("maintenance",)
    world.offer(other, light)  # somebody works at night: the clock runs again
    rules = dates.rules_of(lamp.pk, now=NOON)
    assert rules.due("supplying", start, light.product_id).due_at == start + timedelta(minutes=30)


def test_a_supplier_that_never_works_is_refused(lamp: Shop) -> None:
    made = world.supplier(lamp)
    always = {"days": [0, 1, 2, 3, 4, 5, 6], "starts": "00:00", "ends": "24:00"}
    with pytest.raises(ValueError, match="no working time"):
        suppliers.set_windows(supplier_id=made.pk, windows=[always], actor="a", now=NOON)


def test_windows_that_overlap_are_shared_minute_by_minute() -> None:
    def window(starts: str, ends: str):
        return [promises.parse_window({"days": [1], "starts": starts, "ends": ends})]

    shared = resting.common([window("01:00", "05:00"), window("04:30", "24:00")])
    assert [resting.stored(one) for one in shared] == [
        {"days": [1], "starts": "04:30", "ends": "05:00", "speed": 0.0, "reason": "maintenance"}
    ]
    assert resting.common([window("01:00", "05:00"), ()]) == ()
