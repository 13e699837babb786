"""The desk of a played supplier: dialect in and out, plays in between, and the way of notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from daoda.kit.http import Call
from daoda.proving.simulators.suppliers.plays import PLAYS, Play
from daoda.proving.simulators.suppliers.warehouse import Asking, Sale, Warehouse

HANG_S = 3600.0
NOTICE_WAITS_S = (0.0, 1.0, 5.0, 15.0)
DRIP_EVERY_S = 0.5
NOTICE_TIMEOUT_S = 5.0


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Refused(Exception):
    """A request that is not the customer's: wrong key, wrong signature."""


class Dialect(Protocol):
    """How one vendor's protocol looks; it shares no code with the adapter that speaks to it."""

    create_path: str
    query_path: str
    balance_path: str

    def asked(self, request: web.Request, raw: bytes) -> Asking:
        """An order out of a request. Raises Refused."""
        ...

    def asked_about(self, request: web.Request, raw: bytes, warehouse: Warehouse) -> Sale | None:
        """The order a query is about. Raises Refused."""
        ...

    def taken(self, sale: Sale, now: datetime) -> web.Response: ...

    def refused(self, asking: Asking, reason: str) -> web.Response: ...

    def standing(self, sale: Sale | None, now: datetime) -> web.Response: ...

    def balance(self, fen: int) -> web.Response: ...

    def notice(self, sale: Sale, state: str, now: datetime, *, forged: bool) -> Call: ...

    def accepted(self, status: int, body: bytes) -> bool: ...


class Desk:
    """One supplier over HTTP. Nothing here is protected: it listens on this machine only."""

    def __init__(
        self,
        dialect: Dialect,
        warehouse: Warehouse,
        *,
        clock: Callable[[], datetime] = wall_clock,
        notices: bool = True,
        time_scale: float = 1.0,
    ) -> None:
        self.dialect, self.warehouse = dialect, warehouse
        self._clock, self._notices, self._scale = clock, notices, time_scale
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        app = web.Application(client_max_size=256 * 1024)
        app.router.add_post(self.dialect.create_path, self._create)
        app.router.add_route("*", self.dialect.query_path, self._query)
        app.router.add_post(self.dialect.balance_path, self._balance)
        app.router.add_post("/_script", self._script)
        app.router.add_post("/_weights", self._weights)
        app.router.add_post("/_down", self._down)
        app.router.add_post("/_finish", self._finish)
        app.router.add_get("/_orders", self._orders)
        app.on_startup.append(self._start)
        app.on_cleanup.append(self._stop)
        return app

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self._must_be_up(request)
        raw = await request.read()
        try:
            asking = self.dialect.asked(request, raw)
        except (Refused, KeyError, ValueError) as problem:
            return web.json_response({"ok": False, "problem": str(problem)}, status=401)
        _, play = self.warehouse.play_of(asking.number)
        first = asking.number not in self.warehouse.sales
        sale = self.warehouse.take(asking, self._clock())
        if isinstance(sale, Sale) and first:
            self._tell_later(sale, play)
        if first:
            await asyncio.sleep(play.hold_s * self._scale)
            if (odd := await self._odd(request, play)) is not None:
                return odd
        if isinstance(sale, str):
            return self.dialect.refused(asking, sale)
        return self.dialect.taken(sale, self._clock())

    async def _query(self, request: web.Request) -> web.StreamResponse:
        self._must_be_up(request)
        raw = await request.read()
        try:
            sale = self.dialect.asked_about(request, raw, self.warehouse)
        except (Refused, KeyError, ValueError) as problem:
            return web.json_response({"ok": False, "problem": str(problem)}, status=401)
        if sale is not None and sale.queries <= PLAYS[sale.play].queries_fail:
            return _page()
        return self.dialect.standing(sale, self._clock())

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        self._must_be_up(request)
        return self.dialect.balance(self.warehouse.balance_fen)

    async def _odd(self, request: web.Request, play: Play) -> web.StreamResponse | None:
        if play.answers == "plain":
            return None
        if play.answers == "page":
            return _page()
        if play.answers == "none":
            await asyncio.sleep(HANG_S)
        if play.answers == "drip":
            return await _drip(request)
        _break_off(request)
        return _page()

    def _must_be_up(self, request: web.Request) -> None:
        if self.warehouse.down:
            _break_off(request)
            raise web.HTTPBadGateway

    def _tell_later(self, sale: Sale, play: Play) -> None:
        if not self._notices or not sale.notify_url or play.tells == "none" or play.ends == "never":
            return
        task = asyncio.create_task(self._tell(sale, play))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, sale: Sale, play: Play) -> None:
        await asyncio.sleep(max(0.0, (sale.ready_at - self._clock()).total_seconds()))
        if play.tells == "contradictory":
            await self._send(sale, "failed", forged=False)
        if play.tells == "forged":
            await self._send(sale, sale.state(self._clock()), forged=True)
            return
        for _ in range(2 if play.tells == "twice" else 1):
            for wait_s in NOTICE_WAITS_S:
                await asyncio.sleep(wait_s * self._scale)
                if await self._send(sale, sale.state(self._clock()), forged=False):
                    sale.accepted = True
                    break

    async def _send(self, sale: Sale, state: str, *, forged: bool) -> bool:
        if self._session is None:
            return False
        call = self.dialect.notice(sale, state, self._clock(), forged=forged)
        sale.told += 1
        try:
            async with self._session.request(
                call.method, call.url, headers=call.headers, data=call.body or None
            ) as response:
                return self.dialect.accepted(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def _script(self, request: web.Request) -> web.Response:
        self.warehouse.script(*(await request.json())["do"])
        return web.json_response({})

    async def _weights(self, request: web.Request) -> web.Response:
        self.warehouse.weights(await request.json())
        return web.json_response({})

    async def _down(self, request: web.Request) -> web.Response:
        self.warehouse.down = bool((await request.json())["down"])
        return web.json_response({})

    async def _finish(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.warehouse.finish(asked["number"], self._clock(), as_play=asked.get("as", ""))
        return web.json_response({})

    async def _orders(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = self.warehouse.told(self._clock())
        return web.Response(text=json.dumps(told), content_type="application/json")

    async def _start(self, app: web.Application) -> None:
        timeout = aiohttp.ClientTimeout(total=NOTICE_TIMEOUT_S)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def _stop(self, app: web.Application) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()


def _page() -> web.Response:
    """What a proxy says when the program behind it is away; not in any protocol."""
    return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>")


async def _drip(request: web.Request) -> web.StreamResponse:
    """Bytes so slowly that a whole answer never comes within anybody's patience."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(int(HANG_S / DRIP_EVERY_S)):
        await response.write(b" ")
        await asyncio.sleep(DRIP_EVERY_S)
    return response


def _break_off(request: web.Request) -> None:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
