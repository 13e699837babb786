"""One address for everything: lean doors directly, Django through its WSGI door.

Django's own ASGI handler is several times slower for synchronous views than its WSGI one; see
docs/decisions/0008.
"""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from psycopg_pool import AsyncConnectionPool

from daoda.config.wsgi import application as pages
from daoda.doors.inbound.intake import Intake
from daoda.doors.inbound.suppliers import PREFIX as FROM_SUPPLIERS
from daoda.doors.inbound.suppliers import SupplierDoor
from daoda.doors.inbound.suppliers import application as from_suppliers
from daoda.doors.inbound.views import PREFIX as INBOUND
from daoda.doors.inbound.views import application as inbound
from daoda.doors.live.tail import Tail
from daoda.doors.live.views import PREFIX as LIVE
from daoda.doors.live.views import application as live
from daoda.doors.probes.views import PATHS as PROBES
from daoda.doors.probes.views import application as probe
from daoda.kit import aio, asgi


class Root:
    """The application the server runs: opens the doors at start-up, closes them at the end."""

    def __init__(self) -> None:
        self._pages = WSGIMiddleware(pages, workers=settings.DAODA.page_threads)
        self._intake: Intake | None = None
        self._suppliers: SupplierDoor | None = None
        self._tail: Tail | None = None
        self._probing: AsyncConnectionPool[Any] | None = None

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "lifespan":
            await self._live_on(receive, send)
        elif scope["type"] != "http":
            return
        elif scope["path"].startswith(FROM_SUPPLIERS) and self._suppliers is not None:
            await from_suppliers(self._suppliers, scope, receive, send)
        elif scope["path"].startswith(INBOUND) and self._intake is not None:
            await inbound(self._intake, scope, receive, send)
        elif scope["path"].startswith(LIVE) and self._tail is not None:
            await live(self._tail, scope, receive, send)
        elif scope["path"] in PROBES and self._probing is not None:
            await probe(self._probing, scope, send)
        else:
            await self._pages(scope, _as_coroutine(receive), send)

    async def _live_on(self, receive: asgi.Receive, send: asgi.Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._intake = Intake(aio.pool(connections_max=2))
                self._suppliers = SupplierDoor(aio.pool(connections_max=2))
                self._tail = Tail(aio.pool(connections_max=2))
                await self._intake.start()
                await self._suppliers.start()
                await self._tail.start()
                self._probing = aio.pool(connections_max=1)
                await self._probing.open()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _close(self) -> None:
        if self._intake is not None:
            await self._intake.stop()
        if self._suppliers is not None:
            await self._suppliers.stop()
        if self._tail is not None:
            await self._tail.stop()
        if self._probing is not None:
            await self._probing.close()


def _as_coroutine(receive: asgi.Receive) -> asgi.Receive:
    """a2wsgi schedules ``receive()`` from a thread, which takes coroutines only; granian's
    returns a plain awaitable, and every form with a body would fail."""

    async def received() -> asgi.Message:
        return await receive()

    return received


application = Root()
