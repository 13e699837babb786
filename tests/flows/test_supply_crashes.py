"""Kill -9 while buying: a supplier that counts was asked to buy each order once, and only once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from daoda.delivery.fulfilment.models import Attempt, Delivery
from daoda.trade.orders.models import Order
from daoda.trade.suppliers import actions as suppliers
from tests.flows import supplied
from tests.flows.supplied import HAO_PER_FEN, Supplied
from tests.flows.town import Town, until
from tests.flows.world import OPERATOR

pytestmark = pytest.mark.slow

POINTS = [
    "attempt.planned",
    "attempt.sent",
    "attempt.delivered",
    "attempt.before_commit",
    "attempt.after_commit",
]
EACH = 8


@dataclass
class Process:
    """A played supplier in a process of its own."""

    process: subprocess.Popen[bytes]
    keys: dict[str, str]

    def told(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.keys["gateway"] + "/_orders", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def played(dialect: str, folder: Path, **options: object) -> Process:
    path = folder / f"{dialect}.json"
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", "daoda.proving.simulators.suppliers", "--dialect", dialect,
         "--keys", str(path), *words],
    )  # fmt: skip
    until(path.exists, what="the supplier listens")
    return Process(process, json.loads(path.read_text("utf-8"))["supplier"])


@pytest.fixture(scope="module", params=["kasushou", "dujiao_next"])
def seller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("seller")
    made = played(request.param, folder, **{"price-fen": 7000, "takes-s": 0.2})
    yield made
    made.process.kill()
    made.process.wait(10)


@pytest.fixture
def story(town: Town, seller: Process, request: pytest.FixtureRequest) -> Supplied:
    town.now()
    dialect = str(seller.process.args[4])  # type: ignore[index]
    found = getattr(town, "supplied", None) or supplied.build(town.world)
    town.supplied = found  # type: ignore[attr-defined]
    code = dialect.replace("_", "-") + f"-{seller.process.pid}"
    if not suppliers_of(code):
        for other in suppliers_of():
            suppliers.pause(
                supplier_id=other.pk, until=town.world.now + timedelta(days=1),
                reason="another's turn", actor=OPERATOR, now=town.world.now,
            )  # fmt: skip
        made = suppliers.create(
            shop_id=town.world.shop.pk, code=code, name=dialect,
            speech=suppliers.Speech(dialect, seller.keys),
            terms=suppliers.Terms(concurrency=100, calls_per_minute=60_000),
            actor=OPERATOR, now=town.world.now,
        )  # fmt: skip
        suppliers.put_offer(
            supplier_id=made.pk, variant_id=found.card.pk,
            ask=suppliers.OfferAsk("1001", 7000 * HAO_PER_FEN, guard_percent=1),
            actor=OPERATOR, now=town.world.now,
        )  # fmt: skip
    return found


def suppliers_of(code: str = "") -> list[Any]:
    from daoda.trade.suppliers.models import Supplier

    rows = Supplier.everywhere.all()
    return list(rows.filter(code=code) if code else rows)


def bought(story: Supplied, town: Town, count: int) -> list[Order]:
    with transaction.atomic():
        made = []
        for _ in range(count):
            town.now()
            made.append(story.paid())
    return made


def open_orders(some: list[Order]) -> int:
    ids = [order.pk for order in some]
    return Order.everywhere.filter(pk__in=ids).exclude(state="delivered").count()


def unsettled(some: list[Order], seller: Process) -> int:
    """Orders still to be delivered, but for those that never reached a supplier of whom nobody

    can learn that: they stay unknown until their cut-off, and are not bought again before.
    """
    sold = seller.told()["sales"]
    left = Attempt.everywhere.filter(order__in=some).exclude(state="succeeded")
    return sum(not (one.state == "unknown" and one.pk.hex not in sold) for one in left)


def test_a_worker_killed_at_every_point_buys_nothing_twice(
    town: Town, story: Supplied, seller: Process
) -> None:
    made: list[Order] = []
    for point in POINTS:
        some = bought(story, town, EACH)
        made += some
        worker = town.start("worker", DAODA_FAULT=f"{point}:1")
        assert worker.died(patience_s=120) == -signal.SIGKILL, worker.log.read_text("utf-8")
        assert town.world.in_order(), point
    worker = town.start("worker")
    until(lambda: unsettled(made, seller) == 0, what="a fresh worker finishes", patience_s=300)
    assert worker.end() == 0
    told = seller.told()["sales"]
    attempts = Attempt.everywhere.filter(order__in=made)
    assert attempts.count() == len(made), "nothing was bought twice"
    succeeded = {one.pk.hex for one in attempts if one.state == "succeeded"}
    assert Delivery.everywhere.filter(pk__in=[one.pk for one in made]).count() == len(succeeded)
    assert {one.pk.hex for one in attempts} & set(told) == succeeded
    assert {one.state for one in attempts} <= {"succeeded", "unknown"}
    assert town.world.in_order()


def test_two_workers_side_by_side_buy_nothing_twice(
    town: Town, story: Supplied, seller: Process
) -> None:
    before = seller.told()["creates"]
    workers = [town.start("worker") for _ in range(2)]
    made = bought(story, town, 60)
    until(lambda: open_orders(made) == 0, what="all are delivered", patience_s=90)
    assert [worker.end() for worker in workers] == [0, 0]
    assert seller.told()["creates"] - before == len(made), "each was asked for once"
    said = "".join(worker.log.read_text("utf-8") for worker in workers)
    for trouble in ("loop_failed", "hearing_failed", "cannot_be"):
        assert trouble not in said
    assert town.world.in_order()
