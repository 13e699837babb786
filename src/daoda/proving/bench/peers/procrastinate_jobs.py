"""One procrastinate job per order, done by its asynchronous worker.

Jobs are deferred before the clock starts. Each does the seven statements in one transaction on
a pool beside the queue's own, as its documentation shows.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Mapping, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from daoda.config import grants
from daoda.config.postgres import APP_ROLE, OWNER_ROLE
from daoda.proving.bench.peers import one_order
from daoda.proving.bench.peers.one_order import SQL
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import ready
from daoda.proving.bench.seeding import Shelf

CONCURRENCY = 10


def prepare(
    place: Place, shelf: Shelf, orders: Sequence[uuid.UUID], *, processes: int
) -> list[tuple[Any, ...]]:
    asyncio.run(_defer(place, orders))
    return [(one_order.accounts(shelf),)] * processes


def work(barrier: Barrier, same: Mapping[str, Any]) -> None:
    asyncio.run(_work(barrier, same))


async def _defer(place: Place, orders: Sequence[uuid.UUID]) -> None:
    owner_url = place.cluster.url(OWNER_ROLE, place.database)
    app = App(connector=PsycopgConnector(conninfo=owner_url))
    async with app.open_async():
        with psycopg.connect(owner_url, autocommit=True) as connection:
            there = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
            if there == (None,):
                await app.schema_manager.apply_schema_async()
                grants.apply(connection, APP_ROLE)
        task = app.configure_task("deliver", queue="orders")
        await task.batch_defer_async(*({"order_id": order.hex} for order in orders))


async def _work(barrier: Barrier, same: Mapping[str, Any]) -> None:
    url = os.environ["DATABASE_URL"]
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=CONCURRENCY))
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url, min_size=CONCURRENCY, max_size=CONCURRENCY, open=False
    )

    async def deliver(order_id: str) -> None:
        async with pool.connection() as connection:
            await _deliver(connection, uuid.UUID(order_id), same)

    app.task(name="deliver", queue="orders")(deliver)
    async with pool, app.open_async():
        await pool.wait()
        await asyncio.to_thread(ready, barrier)
        await app.run_worker_async(
            queues=["orders"],
            concurrency=CONCURRENCY,
            wait=False,
            install_signal_handlers=False,
        )


async def _deliver(
    connection: psycopg.AsyncConnection[Any], order_id: uuid.UUID, same: Mapping[str, Any]
) -> None:
    params = one_order.begun(order_id, same)
    order = await connection.execute(SQL.take_order.encode(), params)
    params |= one_order.named(await order.fetchone())
    free = await connection.execute(SQL.take_code.encode(), params)
    params |= one_order.code(await free.fetchone())
    for statement in one_order.LAST:
        await connection.execute(statement.encode(), params)
