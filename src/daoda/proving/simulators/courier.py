"""Telling the shop: at once, then again on the channel's schedule until it answers as wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import aiohttp

from daoda.kit.http import Call
from daoda.proving.simulators.trades import Book, Event, Trade, Try

TIMEOUT_S = 5.0
ANSWER_CHARS_KEPT = 80


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """How a simulator runs. ``retry_scale`` 0.01 makes a wait of 4 minutes one of 2.4 seconds."""

    retry_scale: float = 1.0
    trades_path: Path | None = None
    clock: Callable[[], datetime] = wall_clock


class Vendor(Protocol):
    """What differs between channels: how a notice looks and what counts as its answer."""

    name: str
    retry_s: tuple[float, ...]
    plays: tuple[str, ...]
    tells_closing: bool

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call: ...

    def accepted(self, status: int, body: bytes) -> bool: ...


class Courier:
    """Owns the connections and the tasks that wait; ``stop`` ends both."""

    def __init__(self, vendor: Vendor, book: Book, options: Options) -> None:
        self._vendor, self._book, self._options = vendor, book, options
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Also takes up again what an earlier process had not brought to an end."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._session = aiohttp.ClientSession(timeout=timeout)
        for trade in self._book.trades.values():
            for event in trade.events:
                if not event.accepted:
                    self.send(trade, event)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def send(self, trade: Trade, event: Event) -> None:
        if event.says != "closed" or self._vendor.tells_closing:
            self.later(0.0, lambda: self._deliver(trade, event))

    def later(self, after_s: float, what: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await asyncio.sleep(after_s)
            await what()

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, trade: Trade, event: Event) -> None:
        waits_s = (0.0, *self._vendor.retry_s)[len(event.tries) :]
        for wait_s in waits_s:
            await asyncio.sleep(wait_s * self._options.retry_scale)
            await self._try(trade, event)
            if event.accepted:
                return

    async def _try(self, trade: Trade, event: Event) -> None:
        now = self._options.clock()
        status, body = await self._send(self._vendor.notice(trade, event, now))
        answer = body[:ANSWER_CHARS_KEPT].decode(errors="replace")
        event.tries.append(Try(at=now.isoformat(timespec="seconds"), status=status, answer=answer))
        event.accepted = event.accepted or self._vendor.accepted(status, body)
        self._book.save()

    async def _send(self, call: Call) -> tuple[int, bytes]:
        if self._session is None:
            return 0, b"not started"
        try:
            async with self._session.request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body or None,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            return 0, type(problem).__name__.encode()
