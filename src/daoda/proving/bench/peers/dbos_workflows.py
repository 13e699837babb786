"""One DBOS workflow per order, with the seven statements as its one transaction.

Workflows are called directly from as many threads as serve it best, which spares it the queue:
each still records its start, its transaction's outcome and its end.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSConfig, SQLAlchemyDatasource

from daoda.proving.bench.peers import one_order
from daoda.proving.bench.peers.one_order import SQL
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import ready
from daoda.proving.bench.seeding import Shelf

THREADS = 10


def prepare(
    place: Place, shelf: Shelf, orders: Sequence[uuid.UUID], *, processes: int
) -> list[tuple[Any, ...]]:
    same = one_order.accounts(shelf)
    shares = [(place.superuser_url, same, orders[part::processes]) for part in range(processes)]
    _configure(place.superuser_url)
    # Makes its tables once, before two processes would at the same time.
    SQLAlchemyDatasource.create(place.superuser_url)
    DBOS.launch()
    DBOS.destroy(destroy_registry=True)
    return shares


def work(
    barrier: Barrier, superuser_url: str, same: Mapping[str, Any], orders: Sequence[uuid.UUID]
) -> None:
    _configure(superuser_url)
    engine = sqlalchemy.create_engine(
        superuser_url.replace("postgresql:", "postgresql+psycopg:", 1),
        pool_size=THREADS,
        max_overflow=0,
    )
    datasource = SQLAlchemyDatasource.create(superuser_url, engine=engine)

    @DBOS.workflow(name="deliver")  # type: ignore[untyped-decorator]  # dbos is not typed
    def deliver(order_id: str) -> None:
        transact(order_id)

    @datasource.transaction(name="deliver_order", isolation_level="READ COMMITTED")  # type: ignore[untyped-decorator]
    def transact(order_id: str) -> None:
        _deliver(datasource.sql_session().connection(), uuid.UUID(order_id), same)

    DBOS.launch()
    with ThreadPoolExecutor(THREADS) as threads:
        ready(barrier)
        for done in threads.map(deliver, [order.hex for order in orders]):
            assert done is None
    DBOS.destroy(workflow_completion_timeout_sec=5)


def _configure(superuser_url: str) -> None:
    logging.disable(logging.INFO)
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": superuser_url,
        "sys_db_pool_size": THREADS,
        "application_version": "1",
        "executor_id": f"bench-{os.getpid()}",
        "log_level": "ERROR",
    }
    DBOS(config=config)


def _deliver(
    connection: sqlalchemy.Connection, order_id: uuid.UUID, same: Mapping[str, Any]
) -> None:
    params = one_order.begun(order_id, same)
    order = connection.exec_driver_sql(SQL.take_order, params).fetchone()
    params |= one_order.named(order)
    params |= one_order.code(connection.exec_driver_sql(SQL.take_code, params).fetchone())
    for statement in one_order.LAST:
        connection.exec_driver_sql(statement, params)
