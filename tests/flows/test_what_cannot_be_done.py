"""What fails for good goes to a person by a date; what passes by itself is tried again."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from daoda.kit import faults
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Notice
from tests.flows.world import OPERATOR, stands


def test_a_notice_that_cannot_be_settled_goes_to_a_person_and_the_others_are_settled(world):
    world.stock_up("A", "B", "C")
    first, poison, last = (world.place(contact=f"buyer{n}@example.cn") for n in range(3))
    for order in (first, poison, last):
        world.receive(world.notice(world.start(order)))
        if order is poison:
            stuck = world.last_notice()
    # What no adapter lets through: the books refuse money of nothing.
    Notice.everywhere.filter(pk=stuck.pk).update(amount_fen=0)
    world.work()
    assert world.again(first).state == world.again(last).state == "delivered"
    stuck.refresh_from_db()
    assert stands(stuck) == ("unmatched", "matching", "department:technical")
    assert stuck.outcome == "failed"
    assert stuck.promised_at > world.now
    assert world.again(poison).state == "awaiting_payment"
    assert world.in_order()

    # Technical finds the cause and mends it; then the notice settles after all.
    Notice.everywhere.filter(pk=stuck.pk).update(amount_fen=9800)
    assert payments.vouch_for_notice(
        notice_id=stuck.pk, reason="seen", actor=OPERATOR, now=world.now
    )
    world.work()
    assert world.again(poison).state == "delivered"
    assert world.in_order()


@pytest.mark.parametrize("point", ["settle.before_commit", "deliver.before_commit"])
def test_what_passes_by_itself_makes_no_work_for_a_person(world, monkeypatch, point):
    world.stock_up("A", "B")
    placed = [world.place(contact=f"buyer{n}@example.cn") for n in range(2)]
    world.receive(*[world.notice(world.start(order)) for order in placed])
    failing = [3]

    def deadlock(name: str) -> None:
        if name == point and failing[0]:
            failing[0] -= 1
            raise OperationalError("deadlock detected")

    monkeypatch.setattr(faults, "point", deadlock)
    for _ in range(3):
        with pytest.raises(OperationalError):
            world.work()
        assert world.in_order()
    assert not Notice.everywhere.filter(state="unmatched").exists()
    world.work()
    assert {world.again(order).state for order in placed} == {"delivered"}


def test_who_has_waited_longest_does_not_stop_the_sweep_for_all(world):
    order = world.place_anyway()
    world.work()
    Order.everywhere.filter(pk=order.pk).update(slips=32_767)
    world.later(days=2)
    assert world.pass_dates() == 1
    assert world.again(order).slips == 32_767
    assert world.again(order).promised_at > world.now
