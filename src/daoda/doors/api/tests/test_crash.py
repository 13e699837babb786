"""The process dies in the middle of placing an order; the program asks again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from daoda.doors.api.tests.world import Program, opened, stocked, token, wanted
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop
from daoda.trade.orders.models import Order
from daoda.trade.stock import queries as stock

pytestmark = pytest.mark.committed

ASK = """
import sys, django
django.setup()
from daoda.doors.api.tests.world import Program, wanted
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
answer = Program(Shop.objects.get(), sys.argv[1]).post(
    "/orders", wanted(Variant.everywhere.get()), once="order-0001"
)
print(answer.status_code)
"""


@pytest.fixture
def shop() -> Iterator[Shop]:
    yield from opened("lamp")


@pytest.mark.parametrize(("dies_at", "placed"), [("api.before_commit", 0), ("api.after_commit", 1)])
def test_a_crash_leaves_deed_and_answer_or_neither(
    shop: Shop, process_env: dict[str, str], dies_at: str, placed: int
) -> None:
    variant, key = stocked(shop, codes=5), token(shop)
    died = subprocess.run(
        [sys.executable, "-c", ASK, key],
        env={**process_env, "DAODA_FAULT": dies_at},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    assert Order.everywhere.count() == placed

    again = Program(shop, key).post("/orders", wanted(variant), once="order-0001")
    assert again.status_code == 201
    assert ("Idempotency-Replayed" in again.headers) == bool(placed)
    order = Order.everywhere.get()
    assert again.json()["id"] == order.pk.hex
    assert stock.available([variant.pk])[variant.pk] == 4
    assert Fact.everywhere.filter(kind="order.placed").count() == 1
