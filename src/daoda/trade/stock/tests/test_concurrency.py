"""Several buyers, several workers, one shelf: on real connections that commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction

from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Coupon, Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code, Import
from daoda.trade.stock.tests.world import again, finish, level, need, places, put, send

pytestmark = pytest.mark.committed
T = TypeVar("T")


def at_once(jobs: list[Callable[[], T]]) -> list[T]:
    """Run jobs side by side, each on a connection of its own."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            start.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(30) for future in [pool.submit(run, job) for job in jobs]]


def test_reserving_never_goes_below_zero(variant: Variant, now: datetime) -> None:
    put(variant, [f"c{n}" for n in range(10)], now)

    def reserve() -> int:
        return sum(stock.reserve(variant_id=variant.id, quantity=1) for _ in range(5))

    assert sum(at_once([reserve] * 4)) == 10
    assert level(variant) == (0, 0)


def test_no_code_is_taken_twice_and_none_is_missed(variant: Variant, now: datetime) -> None:
    put(variant, [f"c{n}" for n in range(120)], now)
    assert stock.reserve(variant_id=variant.id, quantity=120)

    def take() -> list[object]:
        taken: list[object] = []
        for _ in range(10):
            batch = [need(variant) for _ in range(3)]
            with transaction.atomic():
                served = stock.take(needs=batch, now=now)
            assert len(served) == 3
            taken += [code for codes in served.values() for code in codes]
        return taken

    taken = [code for some in at_once([take] * 4) for code in some]
    assert len(taken) == len(set(taken)) == 120
    assert places(variant) == {"taken": 120}


def test_a_shortage_is_not_declared_while_another_transaction_may_roll_back(
    variant: Variant, now: datetime
) -> None:
    put(variant, ["only"], now)
    assert stock.reserve(variant_id=variant.id, quantity=1)
    held = threading.Event()

    def hold_and_roll_back() -> bool:
        with transaction.atomic():
            assert stock.take(needs=[need(variant)], now=now)
            held.set()
            time.sleep(0.1)
            transaction.set_rollback(True)
        return True

    def take_meanwhile() -> bool:
        held.wait(10)
        with transaction.atomic():
            return bool(stock.take(needs=[need(variant)], now=now))

    assert at_once([hold_and_roll_back, take_meanwhile]) == [True, True]
    assert places(variant) == {"taken": 1}


def test_waiting_for_a_code_others_keep_ends_and_costs_nothing_else(
    variant: Variant, now: datetime
) -> None:
    put(variant, ["a", "b"], now)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert stock.take(needs=[need(variant)], now=now)
            held.set()
            done.wait(20)

    def take_meanwhile() -> None:
        held.wait(10)
        try:
            with transaction.atomic():
                served = stock.take(needs=[need(variant), need(variant)], now=now)
                assert len(served) == 1
                with connection.cursor() as cursor:
                    cursor.execute("SHOW lock_timeout")
                    assert cursor.fetchone() == ("0",)
        finally:
            done.set()

    at_once([hold, take_meanwhile])
    assert places(variant) == {"taken": 2}


def test_the_same_list_sent_at_the_same_moment_is_one_import(
    variant: Variant, now: datetime
) -> None:
    rows = at_once([lambda: send(variant, "a\nb", now)] * 4)
    assert len({row.id for row in rows}) == 1
    assert Import.everywhere.count() == 1


def test_two_workers_bring_an_import_in_once(variant: Variant, now: datetime) -> None:
    row = send(variant, "\n".join(f"c{n}" for n in range(50)), now)

    def work() -> None:
        for _ in range(10):
            stock.work_on_import(now=now)

    at_once([work] * 3)
    row = finish(row, now + timedelta(minutes=2))
    assert (row.state, row.imported, level(variant)) == ("imported", 50, (50, 0))


def test_two_imports_of_the_same_codes_bring_each_in_once(variant: Variant, now: datetime) -> None:
    rows = [
        send(variant, "\n".join(f"c{n}" for n in range(50)), now, key=key) for key in ("1", "2")
    ]
    for row in rows:
        stock.work_on_import(now=now, import_id=row.id)
        assert again(row).state == "importing"
    at_once([lambda row=row: stock.work_on_import(now=now, import_id=row.id) for row in rows])  # type: ignore[misc]
    ended = [again(row) for row in rows]
    assert sum(row.imported for row in ended) == Code.everywhere.count() == 50
    assert sum(row.report["counts"].get("in_stock", 0) for row in ended) == 50
    assert level(variant) == (50, 0)


def test_the_last_use_of_a_coupon_goes_to_one(variant: Variant, now: datetime) -> None:
    coupon = catalog.create_coupon(
        shop_id=variant.shop_id, code="last", kind="amount", value=1, uses_max=3,
        actor="staff:1", now=now,
    )  # fmt: skip
    used = at_once([lambda: catalog.redeem_coupon(coupon_id=coupon.id, now=now)] * 6)
    assert sum(used) == 3
    assert Coupon.everywhere.get(pk=coupon.pk).used == 3
