"""Delivery: orders a second from paid to delivered, beside the same rows written with no logic.

Ours claims, allots, moves, keeps promises, writes facts and money. The floor writes the very
same rows, prepared in memory before the clock starts, in batches of the same size over as many
connections: nothing that keeps this history can be faster.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing.synchronize import Barrier
from time import monotonic
from typing import Any

import psycopg

from daoda.proving.bench.place import Place
from daoda.proving.bench.seeding import PRICE_FEN, Paid, Shelf, open_shop, seed, settle_down

CONNECTIONS = 2
BATCH_ROWS = 2000


def measure(place: Place, *, orders: int, rounds: int) -> dict[str, Any]:
    """Rounds of ours and the floor in turn; orders/s of each, and the median of the ratios."""
    from daoda.kit import clock

    ours, floor = [], []
    shelf = open_shop(clock.now())
    for _ in range(rounds):
        _prepare(place, shelf, orders)
        ours.append(orders / _race(_deliver, [()] * CONNECTIONS))
        _check(place, orders)
        paid = _prepare(place, shelf, orders)
        shares = [(shelf.shop_id, paid[part::CONNECTIONS]) for part in range(CONNECTIONS)]
        floor.append(orders / _race(_write_floor, shares))
    ratios = [mine / base for mine, base in zip(ours, floor, strict=True)]
    return {
        "orders": orders,
        "rounds": rounds,
        "connections": CONNECTIONS,
        "batch_rows": BATCH_ROWS,
        "ours_per_s": [round(value) for value in ours],
        "floor_per_s": [round(value) for value in floor],
        "ratio_median": round(statistics.median(ratios), 3),
    }


def _prepare(place: Place, shelf: Shelf, orders: int) -> list[Paid]:
    from daoda.kit import clock

    paid = seed(place.url, shelf, orders, clock.now())
    settle_down(place.superuser_url)
    return paid


def _check(place: Place, orders: int) -> None:
    """What was measured did happen. AssertionError otherwise: no figure without the work."""
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM orders_order WHERE state = 'paid'),"
            " (SELECT count(*) FROM orders_order WHERE state = 'delivered')"
        ).fetchone()
    assert row is not None
    assert row[0] == 0, f"{row[0]} orders were left"
    assert row[1] >= orders


def _race(work: Callable[..., None], shares: Sequence[tuple[Any, ...]]) -> float:
    """Seconds from the moment all processes are ready until the last one is done."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(shares) + 1)
    processes = [
        context.Process(target=work, args=(barrier, *share), daemon=True) for share in shares
    ]
    for process in processes:
        process.start()
    barrier.wait()
    started = monotonic()
    for process in processes:
        process.join()
    seconds = monotonic() - started
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process of the benchmark failed; its output says why")
    return seconds


def _deliver(barrier: Barrier) -> None:
    from daoda.config import django_ready

    django_ready()
    from daoda.delivery.fulfilment import actions as fulfilment
    from daoda.kit import clock

    clock.now()  # the connection is open
    barrier.wait()
    while fulfilment.deliver_batch(now=clock.now(), limit_rows=BATCH_ROWS):
        pass


def _write_floor(barrier: Barrier, shop_id: Any, paid: Sequence[Paid]) -> None:
    from daoda.config import django_ready

    django_ready()
    from daoda.kit import clock

    now = clock.now()
    batches = [
        _floor_rows(shop_id, paid[start : start + BATCH_ROWS], now)
        for start in range(0, len(paid), BATCH_ROWS)
    ]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        barrier.wait()
        for batch in batches:
            for statement, params in batch:
                connection.execute(statement.encode(), params, prepare=True)
            connection.commit()


def _floor_rows(
    shop_id: Any, paid: Sequence[Paid], now: datetime
) -> list[tuple[str, dict[str, Any]]]:
    from daoda.delivery.fulfilment.actions import SQL as FULFILMENT
    from daoda.kit import ids
    from daoda.records.journal.actions import SQL as JOURNAL
    from daoda.records.ledger.actions import SQL as LEDGER
    from daoda.records.ledger.rules import account_id
    from daoda.records.promises.actions import SQL as PROMISES

    count = len(paid)
    orders, codes = [one.order_id for one in paid], [one.code_id for one in paid]
    owed = account_id(shop_id, "owed_to_buyers", "", "CNY")
    earned = account_id(shop_id, "revenue", "", "CNY")
    return [
        (
            "UPDATE stock_code c SET place = 'taken', order_id = t.o"
            " FROM unnest(%(codes)s::uuid[], %(orders)s::uuid[]) AS t (c, o) WHERE c.id = t.c",
            {"codes": codes, "orders": orders},
        ),
        (
            FULFILMENT.add_deliveries,
            {
                "order_ids": orders, "shop_ids": [shop_id] * count, "quantities": [1] * count,
                "hows": ["stock"] * count, "actors": ["machine:fulfilment"] * count,
                "ats": [now] * count,
            },
        ),
        (
            FULFILMENT.add_delivered_codes,
            {
                "code_ids": codes, "shop_ids": [shop_id] * count, "order_ids": orders,
                "positions": [1] * count,
            },
        ),
        (
            PROMISES.end_promises,
            {
                "promise_ids": [one.promise_id for one in paid], "shop_ids": [shop_id] * count,
                "ats": [now] * count, "hows": ["kept"] * count, "reasons": [""] * count,
                "successors": [None] * count,
            },
        ),
        (
            "UPDATE orders_order SET state = 'delivered', node = NULL, owner = NULL,"
            " promised_at = NULL, promise_id = NULL, reserved = false, closed_at = %(now)s"
            " WHERE id = ANY (%(orders)s::uuid[])",
            {"orders": orders, "now": now},
        ),
        (
            JOURNAL.write_facts,
            {
                "ids": list(ids.uuid7_many(count, now)), "shop_ids": [shop_id] * count,
                "kinds": ["order.delivered"] * count, "subjects": ["order"] * count,
                "subject_ids": orders, "actors": ["machine:fulfilment"] * count,
                "ats": [now] * count, "datas": [json.dumps({})] * count,
            },
        ),
        (
            LEDGER.post_transfers,
            {
                "ids": list(ids.uuid7_many(count, now)), "shop_ids": [shop_id] * count,
                "debits": [owed] * count, "credits": [earned] * count,
                "amounts": [PRICE_FEN] * count, "currencies": ["CNY"] * count,
                "kinds": ["order.delivered"] * count, "subjects": orders, "ats": [now] * count,
            },
        ),
    ]  # fmt: skip
