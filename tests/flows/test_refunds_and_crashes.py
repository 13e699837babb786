"""Workers that are killed, and many at once: money goes back once, and never beside the goods."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as deliveries
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Refund
from daoda.trade.payments.rules.refunds import LEASE
from tests.flows.bank import Bank, opened
from tests.flows.world import OPERATOR, World, at_once

pytestmark = pytest.mark.slow
POINTS = [
    "refund.claimed",
    "refund.called",
    "refund.before_writes",
    "refund.before_commit",
    "refund.after_commit",
]
ACT = """
import sys
from datetime import datetime
from daoda.config import django_ready
django_ready()
from daoda.delivery.fulfilment import actions as fulfilment
from daoda.trade.payments import actions as payments
now = datetime.fromisoformat(sys.argv[2])
if sys.argv[1] == "refund":
    payments.refund_batch(now=now)
elif sys.argv[1] == "deliver":
    fulfilment.deliver_batch(now=now)
else:
    import uuid
    payments.refund_order(order_id=uuid.UUID(sys.argv[1]), reason="x", actor="machine:t", now=now)
"""


@pytest.fixture
def bank(real_world: World) -> Iterator[Bank]:
    with opened(real_world, "sandbox") as found:
        yield found
        assert real_world.in_order()


def killed(world: World, env: dict[str, str], act: str, point: str) -> None:
    """A process of its own does this and is killed at that point."""
    done = subprocess.run(
        [sys.executable, "-c", ACT, act, world.now.isoformat()],
        env={**os.environ, **env, "DAODA_FAULT": f"{point}:1"}, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("play", ["do", "silent", "lost"])
def test_a_worker_killed_at_every_point_sends_money_back_once(bank, process_env, play):
    world = bank.world
    for point in POINTS:
        refund = bank.owed(play)
        killed(world, process_env, "refund", point)
        assert world.in_order(), point
        for _ in range(6):
            world.later(seconds=LEASE.total_seconds() + 1)
            bank.work()
        refund.refresh_from_db()
        assert refund.state == "confirmed", point
        assert [one["state"] for one in bank.held(refund)] == ["done"], point
    assert world.books() == {}


def test_many_workers_at_once_send_each_refund_once(bank):
    refunds = [bank.owed(("do", "silent", "later")[n % 3]) for n in range(18)]
    for _ in range(5):
        bank.world.later(seconds=30)
        turn = partial(payments.refund_batch, now=bank.world.now, limit_rows=4)
        at_once(*[turn] * 4)
    for _ in range(8):
        bank.world.later(seconds=30)
        bank.work()
    for refund in refunds:
        (held,) = bank.held(refund)
        assert (held["state"], held["sends"]) == ("done", 1)
    assert not Refund.everywhere.exclude(state="confirmed").exists()
    assert bank.world.books() == {}


def test_of_a_delivery_killed_in_the_middle_the_money_may_go_back(bank, process_env):
    world = bank.world
    world.stock_up("A")
    order = bank.bought()
    killed(world, process_env, "deliver", "deliver.before_commit")
    assert world.refund(order)
    assert fulfilment.deliver_batch(now=world.now) == 0
    assert deliveries.codes_of(order.pk) == []
    assert world.again(order).state == "refund_owed"


def test_of_a_refund_killed_in_the_middle_the_goods_may_be_delivered(bank, process_env):
    world = bank.world
    world.stock_up("A")
    order = bank.bought()
    killed(world, process_env, order.pk.hex, "refund.owed")
    assert not Refund.everywhere.exists()
    assert fulfilment.deliver_batch(now=world.now) == 1
    assert not world.refund(order)


def test_deliveries_and_refunds_at_once_end_each_order_one_way(bank):
    world = bank.world
    world.stock_up(*(f"c{n}" for n in range(12)))
    orders = [bank.bought() for _ in range(12)]
    now = world.now
    at_once(
        *(lambda order=order: world.refund(order) for order in orders[::2]),
        *(lambda: bool(fulfilment.deliver_batch(now=now, limit_rows=3)) for _ in range(4)),
    )
    world.work()
    world.later(seconds=5)
    bank.work(turns=3)
    for order in orders:
        delivered = bool(deliveries.codes_of(order.pk))
        back = Refund.everywhere.filter(order_id=order.pk, state="confirmed").exists()
        assert delivered != back
        assert world.again(order).state == ("delivered" if delivered else "refunded")


def test_two_people_give_back_the_same_part_and_it_goes_back_once(bank):
    world = bank.world
    world.stock_up("A")
    order = bank.bought()
    world.work()

    def give(cause: str) -> bool:
        try:
            payments.refund_part(
                order_id=order.pk, amount_fen=6000, reason="goodwill", cause=cause,
                actor=OPERATOR, now=world.now,
            )  # fmt: skip
        except payments.NotGivenBack:
            return False
        return True

    said = at_once(*(lambda cause=cause: give(cause) for cause in ("a", "a", "b", "b")))
    assert said.count(True) == 2, "the same decision twice, and no second one"
    assert Refund.everywhere.count() == 1
