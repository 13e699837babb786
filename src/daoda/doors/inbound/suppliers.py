"""The door for notices of suppliers, /inbound/supplier/<id>: verify, store masked, answer.

Nothing is answered before it is stored; what it means is found out by the worker, which fetches
what stands outside the signature by a query of its own. Weakness: each notice is a commit of its
own, unlike those of payments; a supplier that sends hundreds a second waits for the disk.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from psycopg import DataError, Error, IntegrityError, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from daoda.delivery.fulfilment.actions import noticing
from daoda.kit import aio, asgi, columns, sql, wake
from daoda.kit.configs import ConfigProblem
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Notice, SupplierAdapter

PREFIX = "/inbound/supplier/"
BODY_BYTES_MAX = 64 * 1024
SUPPLIER_KEPT_S = 10.0
KNOWN_MAX = 10_000
# Whoever floods us with forgeries fills a counter, not the disk.
SUSPECTS_STORED_A_MINUTE = 60
SQL = sql.load("daoda.delivery.fulfilment")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class KnownSupplier:
    """A supplier as the door needs it."""

    id: uuid.UUID
    shop_id: uuid.UUID
    adapter: SupplierAdapter


class SupplierDoor:
    """The door's memory: known suppliers, the clock, how many forgeries came of late."""

    def __init__(self, database: AsyncConnectionPool[Any]) -> None:
        self._database = database
        self._clock = aio.DatabaseClock()
        self._known: dict[uuid.UUID, tuple[float, KnownSupplier | None]] = {}
        self._suspects: list[float] = []

    async def start(self) -> None:
        await self._database.open()

    async def stop(self) -> None:
        await self._database.close()

    async def supplier(self, supplier_id: uuid.UUID) -> KnownSupplier | None:
        """The supplier of an address, kept for some seconds, also that there is none."""
        kept = self._known.get(supplier_id)
        if kept is not None and monotonic() - kept[0] < SUPPLIER_KEPT_S:
            return kept[1]
        if len(self._known) > KNOWN_MAX:
            self._known.clear()
        found = await self._find(supplier_id)
        self._known[supplier_id] = (monotonic(), found)
        return found

    async def take(self, supplier: KnownSupplier, notice: Notice) -> bool:
        """Verify and store one notice, once per event; False for one that is not the supplier's.

        Returns only after the commit.
        """
        now = await self._clock.now(self._database)
        prepared = noticing.prepare(
            shop_id=supplier.shop_id, supplier_id=supplier.id, adapter=supplier.adapter,
            notice=notice, now=now,
        )  # fmt: skip
        genuine = noticing.genuine(prepared)
        if not genuine and not self._may_store_suspect():
            return False
        async with self._database.connection() as lent:
            params = columns.bound(noticing.columns([prepared], now))
            cursor = await lent.execute(SQL.store_supplier_notices.encode(), params, prepare=True)
            if cursor.rowcount and genuine:
                await lent.execute("SELECT pg_notify(%s, 'listen')", [wake.CHANNEL])
        return genuine

    async def _find(self, supplier_id: uuid.UUID) -> KnownSupplier | None:
        async with self._database.connection() as lent:
            cursor = await lent.execute(
                "SELECT shop_id, adapter, recipe, key_id, config FROM suppliers_supplier"
                " WHERE id = %s",
                [supplier_id],
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        try:
            adapter = suppliers.open_adapter(supplier_id, *row)
        except ConfigProblem:
            return None
        return KnownSupplier(supplier_id, row[0], adapter)

    def _may_store_suspect(self) -> bool:
        minute_ago = monotonic() - 60
        self._suspects = [at for at in self._suspects if at > minute_ago]
        if len(self._suspects) >= SUSPECTS_STORED_A_MINUTE:
            return False
        self._suspects.append(monotonic())
        return True


async def application(
    door: SupplierDoor, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send
) -> None:
    """Take one notice. Answers what the supplier wants to hear, after the commit."""
    supplier: KnownSupplier | None = None
    try:
        supplier = await _supplier(door, scope["path"])
        if supplier is None:
            await asgi.reply(send, 404, "text/plain", b"no such supplier")
            return
        body = await asgi.read_body(receive, bytes_max=BODY_BYTES_MAX)
        accepted = await door.take(supplier, _notice(scope, body))
    except asgi.Gone:
        return
    except asgi.BodyTooLong:
        await asgi.reply(send, 413, "text/plain", b"too long")
        return
    except (DataError, IntegrityError):
        # What the database will not hold now it will not hold at the next try either.
        log.exception("supplier_notice_not_stored")
        accepted = False
    except (Error, OperationalError, PoolTimeout):
        await asgi.reply(send, 503, "text/plain", b"try again")
        return
    assert supplier is not None  # only storing raises what ends here without one
    answer = supplier.adapter.answer(accepted=accepted)
    await asgi.reply(send, answer.status, answer.content_type, answer.body)


async def _supplier(door: SupplierDoor, path: str) -> KnownSupplier | None:
    try:
        supplier_id = uuid.UUID(hex=path.removeprefix(PREFIX).strip("/"))
    except ValueError:
        return None
    return await door.supplier(supplier_id)


def _notice(scope: asgi.Scope, body: bytes) -> Notice:
    headers = {
        key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
    }
    query = scope["query_string"].decode("latin-1")
    return Notice(scope["method"], headers, query, body, scope["path"])
