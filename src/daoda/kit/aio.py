"""The database from lean ASGI doors: a small asynchronous pool on the settings of Django."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import pq
from psycopg_pool import AsyncConnectionPool

from daoda.kit import columns

CLOCK_CHECK_S = 10.0
LEND_S_MAX = 5.0


def connection_settings() -> dict[str, Any]:
    """All that the address of Django's database says, and nothing of Django's own: where there

    are several servers, who does not repeat the whole of it may end at one that takes no writes.
    """
    params = connection.get_connection_params()
    names = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    return {name: value for name, value in params.items() if name in names and value}


def pool(*, connections_max: int) -> AsyncConnectionPool[psycopg.AsyncConnection[Any]]:
    """A pool, closed until opened. It reconnects by itself.

    Its pauses double for as long as it may try, so after a long outage it would go on pausing
    as long again: it gives up with whoever waits, and the next who asks begins anew.
    """
    return AsyncConnectionPool(
        "",
        kwargs={**connection_settings(), "autocommit": True},
        min_size=1,
        max_size=connections_max,
        timeout=LEND_S_MAX,
        reconnect_timeout=LEND_S_MAX,
        open=False,
        configure=_configure,
    )


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    columns.register(connection)


class DatabaseClock:
    """The database's time without asking at every request: asked now and then, counted between.

    Drift of the machine's monotonic clock in ten seconds is far below what a notice's age is
    judged by.
    """

    def __init__(self) -> None:
        self._read_at = -CLOCK_CHECK_S
        self._moment = datetime.now(UTC)

    async def now(self, database: AsyncConnectionPool[Any]) -> datetime:
        """Aware UTC, shifted by the drill offset."""
        if monotonic() - self._read_at >= CLOCK_CHECK_S:
            async with database.connection() as lent:
                cursor = await lent.execute("SELECT clock_timestamp()")
                row = await cursor.fetchone()
            assert row is not None
            offset = timedelta(seconds=settings.DAODA.clock_offset_s)
            self._moment, self._read_at = row[0].astimezone(UTC) + offset, monotonic()
        return self._moment + timedelta(seconds=monotonic() - self._read_at)
