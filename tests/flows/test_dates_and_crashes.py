"""A worker killed while it does what a passed date demands: done once, by the next worker."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest

from daoda.care.compensation import actions as compensation
from daoda.care.compensation.models import Act, Case, Grant
from daoda.delivery.fulfilment.models import Attempt
from daoda.records.ledger.models import Transfer
from daoda.records.promises import actions as promises
from daoda.trade.orders.models import Order
from tests.flows import supplied
from tests.flows.town import Town, until
from tests.flows.world import OPERATOR

pytestmark = pytest.mark.slow
GOODWILL: dict[str, Any] = {
    "do": "goodwill", "after_min": 0, "percent": 10, "least_fen": 100, "most_fen": 500,
    "spent_fen": 0,
}  # fmt: skip


def killed(town: Town, point: str) -> None:
    worker = town.start("worker", DAODA_FAULT=f"{point}:1")
    assert worker.died() == -signal.SIGKILL, worker.log.read_text("utf-8")
    town.now()
    assert town.world.in_order(), point


def test_a_late_order_is_compensated_once_however_often_the_worker_dies(town: Town) -> None:
    world = town.world
    town.now()
    compensation.hear(now=world.now)
    terms = compensation.Terms("late", "Late", [GOODWILL], 10_000, 10_000, 10_000, 10_000)
    compensation.publish_policy(shop_id=world.shop.pk, terms=terms, actor=OPERATOR, now=world.now)
    promises.publish_rule(shop_id=world.shop.pk, node="handling", seconds=1, now=world.now)
    order = world.buy(variant=world.plan)
    killed(town, "compensate.before_step")
    killed(town, "compensate.before_commit")
    assert not Act.everywhere.exists()
    worker = town.start("worker")
    settled = Case.everywhere.filter(order=order, asked="decision")
    until(settled.exists, what="the policy is followed to its end")
    assert worker.end() == 0
    assert Act.everywhere.get().did == "done"
    grant = Grant.everywhere.get()
    granted = Transfer.everywhere.filter(kind="goodwill.granted")
    assert [one.amount_fen for one in granted] == [grant.amount_fen]
    town.now()
    assert world.in_order()


def test_a_purchase_is_cut_off_once_however_often_the_worker_dies(town: Town) -> None:
    town.now()
    story = supplied.build(town.world)
    try:
        played, _ = story.supplier("kasushou", cut_off_policy="elsewhere")
        played.warehouse.script("lost")
        order = story.paid()
        story.work()
        assert story.states(order) == ["unknown"]
        played.fall_silent()
        passed = town.world.now - timedelta(seconds=1)
        Attempt.everywhere.filter(order=order).update(cut_off_at=passed)
        killed(town, "attempt.cut_off")
        assert story.states(order) == ["unknown"]
        worker = town.start("worker")
        in_hand = Order.everywhere.filter(pk=order.pk, state="in_hand")
        until(in_hand.exists, what="nobody else sells it: a person has it")
        assert worker.end() == 0
        (attempt,) = story.attempts(order)
        assert attempt.state == "cut_off"
        booked = Transfer.everywhere.filter(subject_id=attempt.pk, kind="attempt.cut_off")
        assert booked.count() == 1
        town.now()
        assert town.world.in_order()
    finally:
        story.close()
