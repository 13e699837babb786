"""Real processes, really killed: what was answered is kept, and nothing is done twice."""

from __future__ import annotations

import http.client
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from queue import Empty, Queue

import pytest
from django.db import transaction

from daoda.delivery.fulfilment.models import DeliveredCode, Delivery
from daoda.trade.orders.models import Order
from daoda.trade.payments.adapters.base import Notice as Told
from daoda.trade.payments.models import Notice, Payment, Receipt
from tests.flows.town import HOST, Town, until

pytestmark = pytest.mark.slow
POINTS = [
    "settle.before_writes",
    "settle.before_commit",
    "settle.after_commit",
    "deliver.before_writes",
    "deliver.before_commit",
    "deliver.after_commit",
]
EACH = 40
_serial = count()


def burst(town: Town, orders: int) -> list[Payment]:
    """Orders of one to three codes with an open pay page each, and goods for all of them."""
    town.now()
    world = town.world
    quantities = [1 + number % 3 for number in range(orders)]
    world.stock_up(*(f"burst-{next(_serial)}" for _ in range(sum(quantities))))
    opened = []
    with transaction.atomic():
        for number, quantity in enumerate(quantities):
            at_once = world.now  # a burst takes no time
            opened.append(world.start(world.place(quantity, contact=f"b{number % 50}@example.cn")))
            world.now = at_once
    return opened


def undelivered(payments: list[Payment]) -> int:
    ids = [payment.order_id for payment in payments]
    return Order.everywhere.filter(pk__in=ids).exclude(state="delivered").count()


def all_delivered_once(payments: list[Payment]) -> None:
    ids = [payment.order_id for payment in payments]
    assert Receipt.everywhere.filter(payment__in=payments).count() == len(payments)
    assert Delivery.everywhere.filter(pk__in=ids).count() == len(payments)
    wanted = sum(Order.everywhere.filter(pk__in=ids).values_list("quantity", flat=True))
    assert DeliveredCode.everywhere.filter(order_id__in=ids).count() == wanted


@pytest.fixture(autouse=True)
def in_order_afterwards(town: Town):
    yield
    assert town.world.in_order()


def test_a_worker_killed_at_every_point_loses_nothing_and_does_nothing_twice(town):
    payments = burst(town, EACH * len(POINTS))
    for number, point in enumerate(POINTS):
        town.now()
        some = payments[number * EACH : (number + 1) * EACH]
        town.world.receive(*map(town.world.notice, some))
        worker = town.start("worker", DAODA_FAULT=f"{point}:1")
        assert worker.died() == -signal.SIGKILL, worker.log.read_text("utf-8")
        assert town.world.in_order(), point
    worker = town.start("worker")
    until(lambda: undelivered(payments) == 0, what="a fresh worker finishes")
    assert worker.end() == 0
    all_delivered_once(payments)


def test_two_workers_side_by_side_do_nothing_twice(town):
    payments = burst(town, 1000)
    workers = [town.start("worker") for _ in range(2)]
    for start in range(0, len(payments), 40):
        town.now()
        town.world.receive(*map(town.world.notice, payments[start : start + 40]))
    until(lambda: undelivered(payments) == 0, what="all are delivered", patience_s=60)
    assert [worker.end() for worker in workers] == [0, 0]
    all_delivered_once(payments)
    said = "".join(worker.log.read_text("utf-8") for worker in workers)
    for trouble in ("loop_failed", "batch_failed", "cannot_be"):
        assert trouble not in said


def test_what_the_web_process_answered_before_it_was_killed_is_never_lost(town):
    payments = burst(town, 200)
    web = town.open_web()
    town.now()
    told = [(payment, town.world.notice(payment)) for payment in payments]
    waiting: Queue[tuple[Payment, Told]] = Queue()
    for one in told:
        waiting.put(one)
    answered: list[Payment] = []

    def post() -> None:
        caller = http.client.HTTPConnection(HOST, town.port, timeout=10)
        door = f"/inbound/{town.world.channel.pk.hex}"
        try:
            while True:
                payment, notice = waiting.get_nowait()
                caller.request("POST", door, notice.body, dict(notice.headers))
                answer = caller.getresponse()
                if (answer.status, answer.read()) == (200, b'{"accepted":true}'):
                    answered.append(payment)
        except (OSError, http.client.HTTPException, Empty):
            caller.close()

    with ThreadPoolExecutor(8) as pool:
        posting = [pool.submit(post) for _ in range(8)]
        until(lambda: len(answered) >= 60, what="a part is answered")
        web.kill()
        for each in posting:
            each.result(20)
    assert 60 <= len(answered) < len(payments), "it died in the middle"
    stored = set(Notice.everywhere.values_list("out_number", flat=True))
    assert {payment.pk.hex for payment in answered} <= stored

    town.open_web()
    for _payment, notice in told:
        assert town.tell(notice).status == 200, "the channel repeats whatever it has not heard of"
    town.now()
    town.world.work()
    assert undelivered(payments) == 0
    all_delivered_once(payments)
