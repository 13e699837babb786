"""The floor: the very rows we write, prepared in memory, with no logic.

Batches of the same size over as many connections: what keeps this history cannot be faster.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import ready
from daoda.proving.bench.seeding import PRICE_FEN, Paid, Shelf

Batch = list[tuple[str, dict[str, Any]]]


def prepare(
    place: Place, shelf: Shelf, orders: Sequence[uuid.UUID], *, processes: int, batch_rows: int
) -> list[tuple[Any, ...]]:
    paid = seeding.allotted(place)
    assert len(paid) == len(orders)
    return [(shelf, paid[part::processes], batch_rows) for part in range(processes)]


def work(barrier: Barrier, shelf: Shelf, paid: Sequence[Paid], batch_rows: int) -> None:
    from daoda.config import django_ready

    django_ready()
    from daoda.kit import clock, columns

    now = clock.now()
    batches = [
        _rows(shelf, paid[start : start + batch_rows], now)
        for start in range(0, len(paid), batch_rows)
    ]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        columns.register(connection)
        connection.execute("SELECT 1")
        connection.commit()
        ready(barrier)
        for batch in batches:
            for statement, params in batch:
                connection.execute(statement.encode(), columns.bound(params), prepare=True)
            connection.commit()


def _rows(shelf: Shelf, paid: Sequence[Paid], now: datetime) -> Batch:
    orders = [one.order_id for one in paid]
    codes = [one.code_id for one in paid]
    return [
        (
            "UPDATE stock_code c SET place = 'taken', order_id = t.o"
            " FROM unnest(%(codes)s::uuid[], %(orders)s::uuid[]) AS t (c, o) WHERE c.id = t.c",
            {"codes": codes, "orders": orders},
        ),
        *_delivered(shelf, orders, codes, now),
        (
            "UPDATE orders_order SET state = 'delivered', node = NULL, owner = NULL,"
            " promised_at = NULL, promise_id = NULL, reserved = false, closed_at = %(now)s"
            " WHERE id = ANY (%(orders)s::uuid[])",
            {"orders": orders, "now": now},
        ),
        *_told(shelf, paid, now),
    ]


def _delivered(
    shelf: Shelf, orders: list[uuid.UUID], codes: list[uuid.UUID], now: datetime
) -> Batch:
    from daoda.delivery.fulfilment.actions import SQL as FULFILMENT

    count = len(orders)
    return [
        (
            FULFILMENT.add_deliveries,
            {
                "order_ids": orders, "shop_ids": [shelf.shop_id] * count,
                "quantities": [1] * count, "hows": ["stock"] * count,
                "actors": ["machine:fulfilment"] * count, "ats": [now] * count,
            },
        ),
        (
            FULFILMENT.add_delivered_codes,
            {
                "code_ids": codes, "shop_ids": [shelf.shop_id] * count, "order_ids": orders,
                "positions": [1] * count,
            },
        ),
    ]  # fmt: skip


def _told(shelf: Shelf, paid: Sequence[Paid], now: datetime) -> Batch:
    from daoda.kit import ids
    from daoda.records.journal.actions import SQL as JOURNAL
    from daoda.records.ledger.actions import SQL as LEDGER
    from daoda.records.promises.actions import SQL as PROMISES

    count = len(paid)
    shops, nows = [shelf.shop_id] * count, [now] * count
    orders = [one.order_id for one in paid]
    params = shelf.params()
    return [
        (
            PROMISES.end_promises,
            {
                "promise_ids": [one.promise_id for one in paid], "shop_ids": shops, "ats": nows,
                "hows": ["kept"] * count, "reasons": [""] * count, "successors": [None] * count,
            },
        ),
        (
            JOURNAL.write_facts,
            {
                "ids": list(ids.uuid7_many(count, now)), "shop_ids": shops,
                "kinds": ["order.delivered"] * count, "subjects": ["order"] * count,
                "subject_ids": orders, "actors": ["machine:fulfilment"] * count, "ats": nows,
                "datas": [json.dumps({})] * count,
            },
        ),
        (
            LEDGER.post_transfers,
            {
                "ids": list(ids.uuid7_many(count, now)), "shop_ids": shops,
                "debits": [params["owed_id"]] * count, "credits": [params["revenue_id"]] * count,
                "amounts": [PRICE_FEN] * count, "currencies": ["CNY"] * count,
                "kinds": ["order.delivered"] * count, "subjects": orders, "ats": nows,
            },
        ),
    ]  # fmt: skip
