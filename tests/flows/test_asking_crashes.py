"""A worker killed while it asks: every payment nobody told of is found, once."""

from __future__ import annotations

import signal

import pytest

from daoda.delivery.fulfilment.models import Delivery
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Asking, Notice, Receipt
from tests.flows.town import Town, open_payment, until

pytestmark = pytest.mark.slow
POINTS = ["ask.claimed", "ask.called", "ask.after_commit"]


@pytest.mark.parametrize("code", ["sandbox", "wechatpay"])
def test_a_worker_killed_while_it_asks_loses_nothing_and_finds_nothing_twice(
    town: Town, play, code
):
    played = play(code)
    channel = played.channel(town.world)
    orders: list[Order] = []
    for number, point in enumerate(POINTS):
        town.now()
        town.world.stock_up(f"asked-{code}-{number}")
        order = town.world.place(contact=f"{code}{number}@example.cn")
        payment = open_payment(town, played, channel, order)
        played.play(payment, "lost")
        town.now()
        payments.ask_soon(order_id=order.pk, sign="pressed", now=town.world.now)
        worker = town.start("worker", DAODA_FAULT=f"{point}:1")
        assert worker.died() == -signal.SIGKILL, worker.log.read_text("utf-8")
        orders.append(order)
    # The lease of the dead ones passes.
    Asking.everywhere.filter(state="asking").update(claimed_until=None)
    worker = town.start("worker")
    mine = Order.everywhere.filter(pk__in=[order.pk for order in orders])
    until(lambda: not mine.exclude(state="delivered").exists(), what="all delivered")
    worker.end()
    for order in orders:
        found = Receipt.everywhere.filter(payment__order=order)
        assert found.count() == Delivery.everywhere.filter(pk=order.pk).count() == 1
        number = found.get().payment_id.hex
        assert Notice.everywhere.filter(out_number=number).count() == 1
    town.now()
    assert town.world.in_order()
