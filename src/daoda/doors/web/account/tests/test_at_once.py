"""Registering, ordering and deleting at the same moment, on connections that commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from daoda.doors.web.account import actions, queries
from daoda.doors.web.account.tests.world import LI, SECRET, registered
from daoda.doors.web.buyer.tests.world import LONG_AGO, PASSWORD, UID, Lamp, furnish
from daoda.kit import clock
from daoda.records.persons.models import Person
from daoda.records.shops import actions as shops
from daoda.records.shops.models import scope
from daoda.trade.buyers import actions as buyers
from daoda.trade.buyers.models import Buyer
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries as order_rows
from daoda.trade.orders.models import Order

pytestmark = pytest.mark.committed


@pytest.fixture
def lamp(world_db: Any) -> Iterator[Lamp]:
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=LONG_AGO)
    with scope(shop.pk):
        yield furnish(shop)


def at_once(lamp: Lamp, jobs: Sequence[Callable[[], object]]) -> list[object]:
    """Run jobs side by side, each on a connection of its own; an error is an outcome."""

    def run(job: Callable[[], object]) -> object:
        try:
            with scope(lamp.shop.pk):
                return job()
        except Exception as outcome:
            return outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(30) for future in [pool.submit(run, job) for job in jobs]]


def order_of(lamp: Lamp, buyer: Buyer) -> Order:
    wanted = orders.Wanted(
        shop_id=lamp.shop.pk,
        variant_id=lamp.topup.pk,
        quantity=1,
        contact=LI,
        password=PASSWORD,
        answers={"uid": UID, "server": "sky"},
        buyer_id=buyer.pk,
        person_id=buyer.person_id,
    )
    return orders.place(wanted=wanted, actor=buyer.actor, now=clock.now())


def test_one_contact_registered_at_once_is_one_account(lamp: Lamp) -> None:
    def register() -> Buyer | None:
        return buyers.register(
            shop_id=lamp.shop.pk, contact=LI, password=SECRET, address="::1", now=clock.now()
        )

    made = at_once(lamp, [register] * 4)
    assert [type(one) for one in made].count(Buyer) == 1
    assert made.count(None) == 3
    assert Buyer.objects.count() == Person.objects.filter(has_account=True).count() == 1


def test_no_order_slips_in_while_an_account_is_deleted(lamp: Lamp) -> None:
    buyer = registered(lamp.shop, LI)
    locked = threading.Event()

    def delete() -> None:
        with transaction.atomic():
            assert buyers.lock(buyer)
            locked.set()
            time.sleep(0.5)  # the order below is waiting by now
            assert queries.waiting(buyer) == 0
            buyers.delete(buyer=buyer, now=clock.now())

    def place() -> Order:
        locked.wait(10)
        return order_of(lamp, buyer)

    _gone, refused = at_once(lamp, [delete, place])
    assert isinstance(refused, orders.OrderRefused)
    assert refused.code == "bad_contact"
    assert not Order.objects.exists()
    assert not Buyer.objects.exists()


def test_no_account_is_deleted_while_an_order_slips_in(lamp: Lamp) -> None:
    buyer = registered(lamp.shop, LI)
    placed = threading.Event()

    def place() -> Order:
        with transaction.atomic():
            order = order_of(lamp, buyer)
            placed.set()
            time.sleep(0.5)  # the deletion below is waiting by now
        return order

    def delete() -> int:
        placed.wait(10)
        return actions.delete_account(buyer=buyer, password=SECRET, now=clock.now())

    order, waiting = at_once(lamp, [place, delete])
    assert waiting == 1
    assert Buyer.objects.filter(pk=buyer.pk).exists()
    assert isinstance(order, Order)
    assert order_rows.answers(order)["uid"] == UID
