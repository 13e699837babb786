"""Storing what arrives: many requests, one statement, one commit."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter
from psycopg import DataError, Error, IntegrityError, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from daoda.kit import aio, columns, sql, wake
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import ChannelAdapter, Notice

BATCH_ROWS = 500
CHANNEL_KEPT_S = 10.0
# Whoever floods us with forgeries fills a counter, not the disk.
SUSPECTS_STORED_A_MINUTE = 60
SQL = sql.load("daoda.trade.payments")
T = TypeVar("T")
log = structlog.get_logger(__name__)

stored_total = Counter("daoda_notices_stored_total", "notices stored, repeats left out")
suspects_total = Counter("daoda_notices_suspect_total", "notices not signed by their channel")


class NotStored(Exception):
    """The notice could not be stored; the channel has to send it again."""


@dataclass(frozen=True)
class KnownChannel:
    """A channel as the door needs it."""

    id: uuid.UUID
    shop_id: uuid.UUID
    adapter: ChannelAdapter


@dataclass(frozen=True)
class _Waiting:
    notice: payments.NewNotice
    stored: asyncio.Future[None]


class Intake:
    """The door's memory: known channels, the clock, and what waits to be committed."""

    def __init__(self, database: AsyncConnectionPool[Any]) -> None:
        self._database = database
        self._clock = aio.DatabaseClock()
        self._channels: dict[uuid.UUID, tuple[float, KnownChannel | None]] = {}
        self._waiting: list[_Waiting] = []
        self._bell = asyncio.Event()
        self._suspects: list[float] = []
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._database.open()
        self._writer = asyncio.create_task(self._write_for_ever())

    async def stop(self) -> None:
        if self._writer is not None:
            self._writer.cancel()
        await self._database.close()

    async def channel(self, channel_id: uuid.UUID) -> KnownChannel | None:
        """The channel of an address; what is known is kept for some seconds, also that there is

        none, so that guessed addresses do not become queries.
        """
        kept = self._channels.get(channel_id)
        if kept is not None and monotonic() - kept[0] < CHANNEL_KEPT_S:
            return kept[1]
        if len(self._channels) > 10_000:
            self._channels.clear()
        found = await self._alive(lambda: self._find_channel(channel_id))
        self._channels[channel_id] = (monotonic(), found)
        return found

    async def take(self, channel: KnownChannel, notice: Notice) -> bool:
        """Verify and store one notice; True when it is in good hands, False for a forgery.

        Returns only after the commit. Raises NotStored.
        """
        now = await self._now()
        prepared = payments.prepare(
            shop_id=channel.shop_id,
            channel_id=channel.id,
            adapter=channel.adapter,
            notice=notice,
            now=now,
        )
        accepted = payments.accepted(prepared)
        if not accepted:
            suspects_total.inc()
            if not self._may_store_suspect():
                return False
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(prepared, stored))
        self._bell.set()
        await stored
        return accepted

    async def _now(self) -> datetime:
        try:
            return await self._alive(self._ask_clock)
        except Error as problem:
            raise NotStored from problem

    async def _ask_clock(self) -> datetime:
        return await self._clock.now(self._database)

    async def _alive(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it once more if it met a dead connection: a restart of the database leaves a pool

        full of them, and no notice is refused for that. ``work`` may be repeated.
        """
        try:
            return await work()
        except PoolTimeout:
            raise
        except OperationalError:
            await self._database.check()
            return await work()

    async def _find_channel(self, channel_id: uuid.UUID) -> KnownChannel | None:
        async with self._database.connection() as lent:
            cursor = await lent.execute(
                "SELECT adapter, key_id, config, shop_id FROM payments_channel WHERE id = %s",
                [channel_id],
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        adapter, key_id, config, shop_id = row
        opened = payments.open_adapter(adapter, key_id, bytes(config), shop_id, channel_id)
        return KnownChannel(channel_id, shop_id, opened)

    def _may_store_suspect(self) -> bool:
        minute_ago = monotonic() - 60
        self._suspects = [at for at in self._suspects if at > minute_ago]
        if len(self._suspects) >= SUSPECTS_STORED_A_MINUTE:
            return False
        self._suspects.append(monotonic())
        return True

    async def _write_for_ever(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_ROWS], self._waiting[BATCH_ROWS:]
                await self._write(batch)

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            added = await self._alive(lambda: self._commit([one.notice for one in batch]))
        except Exception as problem:
            if len(batch) > 1 and isinstance(problem, DataError | IntegrityError):
                # What the database will not hold must not keep the others out.
                for one in batch:
                    await self._write([one])
                return
            # Whatever failed, each of these was not stored, and its channel must hear so.
            log.warning("notices_not_stored", problem=type(problem).__name__, notices=len(batch))
            if isinstance(problem, OperationalError):
                # The database is away: those behind would only hear of it later, one wait for a
                # connection after the other, while ever more come.
                batch, self._waiting = batch + self._waiting, []
            for one in batch:
                if not one.stored.done():
                    one.stored.set_exception(NotStored())
            return
        stored_total.inc(added)
        for one in batch:
            if not one.stored.done():
                one.stored.set_result(None)

    async def _commit(self, notices: list[payments.NewNotice]) -> int:
        now = await self._clock.now(self._database)
        async with self._database.connection() as lent:
            params = columns.bound(payments.columns(notices, now))
            cursor = await lent.execute(SQL.store_notices.encode(), params, prepare=True)
            if cursor.rowcount:
                # After the commit, and only a hint: see kit.wake.
                await lent.execute("SELECT pg_notify(%s, 'settle')", [wake.CHANNEL])
            return int(cursor.rowcount)
