"""When very many wait for one thing: who is served does not hang on how many stand before her."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from daoda.kit import sql
from daoda.trade.orders.actions.delivering import ELSEWHERE_ROWS
from daoda.trade.orders.models import Order
from daoda.trade.orders.rules import LockedOrder
from tests.flows.world import World

ORDERS = sql.load("daoda.trade.orders")
# One that waits, as often as wanted, each a millisecond after the other.
COPIES = """
INSERT INTO orders_order SELECT (jsonb_populate_record(o, jsonb_build_object(
    'id', gen_random_uuid(), 'number', to_char(n, 'FM0000000000'), 'client_key', n::text,
    'quantity', %(quantity)s::int, 'paid_at', o.paid_at + n * interval '1 ms'
))).*
FROM orders_order o, generate_series(%(first)s, %(first)s + %(count)s - 1) n WHERE o.id = %(id)s
"""


@pytest.fixture
def waiting(world: World) -> Order:
    """One order that is short of one code; it waits longest of all."""
    order = world.place_anyway()
    world.work()
    return world.again(order)


def crowd(like: Order, count: int, *, quantity: int, first: int = 1) -> None:
    """Rows only: they wait as ``like`` does, but are in nobody's books."""
    sql.count(COPIES, {"id": like.pk, "count": count, "quantity": quantity, "first": first})


def ask(free: int, order: Order) -> dict[str, object]:
    return {
        "variant_id": order.variant_id, "free": free, "limit_rows": 500,
        "spare_rows": ELSEWHERE_ROWS,
    }  # fmt: skip


def test_many_orders_too_large_do_not_hide_a_small_one_behind_them(
    world: World, waiting: Order
) -> None:
    Order.everywhere.filter(pk=waiting.pk).update(paid_at=world.now + timedelta(hours=1))
    crowd(waiting, 700, quantity=3)
    world.stock_up("a", "b")
    world.work()
    assert world.again(waiting).state == "delivered"
    assert Order.everywhere.filter(state="short", quantity=3).count() == 700


def test_the_longest_waiting_of_all_sizes_come_first(world: World, waiting: Order) -> None:
    crowd(waiting, 40, quantity=1, first=1)
    crowd(waiting, 40, quantity=2, first=101)
    crowd(waiting, 40, quantity=3, first=201)
    with transaction.atomic():
        claimed = [LockedOrder(*row) for row in sql.rows(ORDERS.claim_short, ask(90, waiting))]
    since = [one.paid_at for one in claimed if one.paid_at is not None]
    assert since == sorted(since)
    assert len(since) == len(claimed)
    assert {one.quantity for one in claimed} == {1, 2, 3}


@pytest.mark.parametrize("free", [1, 50])
def test_what_it_costs_follows_what_is_free_and_not_who_waits(waiting: Order, free: int) -> None:
    crowd(waiting, 500, quantity=1)
    crowd(waiting, 500, quantity=1000, first=1_000_001)
    few = pages_read(waiting, free)
    crowd(waiting, 20_000, quantity=1, first=2_000_001)
    crowd(waiting, 20_000, quantity=1000, first=3_000_001)
    assert pages_read(waiting, free) <= few + 2 * free + 60


def pages_read(order: Order, free: int) -> int:
    """How many pages of 8 kB the claim looks at."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")
    head = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
    ((found,),) = sql.rows(head + ORDERS.claim_short, ask(free, order))
    plan = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
