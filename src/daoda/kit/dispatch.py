"""Thousands of calls in flight: begun in sets, collected in sets, none waits for another.

``http.send_all`` returns when its slowest call has; who talks to many slow parties at once wants
the answers of the quick ones earlier. Calls go out on the event loop of ``kit.http``; what comes
back lies here until a thread collects it. Whom how much may be asked is the caller's to limit:
a call given here goes out at once, so that its lease need not cover a wait.
Weakness: what has not been collected when the process ends is lost; callers note beforehand that
they call, and look again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

import aiohttp
from prometheus_client import Gauge

from daoda.kit import http

IN_FLIGHT_MAX = 8_000
# Some servers close a quiet connection after 5 s; a purchase sent into that would be unknown.
_KEPT_OPEN_S = 4.0
T = TypeVar("T")

in_flight = Gauge("daoda_calls_in_flight", "calls to outside parties that have no answer yet")


@dataclass(frozen=True)
class Done(Generic[T]):
    """A call that has ended; ``about`` is what its caller gave with it."""

    about: T
    answer: http.Answer | http.NoAnswer
    took_s: float


class Dispatcher(Generic[T]):
    """Keeps calls in flight for one process. Threads may share it."""

    def __init__(self, *, in_flight_max: int = IN_FLIGHT_MAX) -> None:
        self._max = in_flight_max
        self._open = 0
        self._done: deque[Done[T]] = deque()
        self._change = threading.Condition()
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> int:
        """How many more calls may be given now."""
        with self._change:
            return self._max - self._open

    @property
    def busy(self) -> bool:
        """Whether calls are in flight or lie here uncollected."""
        with self._change:
            return bool(self._open or self._done)

    def send(self, calls: Sequence[tuple[T, http.Call]], *, timeout_s: float) -> None:
        """Begin calls; each ends within ``timeout_s`` seconds, one way or another."""
        if not calls:
            return
        with self._change:
            self._open += len(calls)
            in_flight.set(self._open)
        http.loop().call_soon_threadsafe(self._begin, list(calls), timeout_s)

    def collect(self, *, wait_s: float, rows_max: int) -> list[Done[T]]:
        """What has ended, oldest first; waits up to ``wait_s`` for the first."""
        with self._change:
            if not self._done:
                self._change.wait(wait_s)
            return [self._done.popleft() for _ in range(min(rows_max, len(self._done)))]

    def close(self) -> None:
        """Give up what is still in flight, without concluding anything from it."""
        asyncio.run_coroutine_threadsafe(self._close(), http.loop()).result(10)

    def _begin(self, calls: list[tuple[T, http.Call]], timeout_s: float) -> None:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_OPEN_S)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            )
        limits = aiohttp.ClientTimeout(total=timeout_s)
        for about, call in calls:
            task = asyncio.create_task(self._call(self._session, about, call, limits))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _call(
        self,
        session: aiohttp.ClientSession,
        about: T,
        call: http.Call,
        limits: aiohttp.ClientTimeout,
    ) -> None:
        began = monotonic()
        try:
            answer = await http.exchange(session, call, limits)
        except Exception as problem:
            # A call we wrote wrongly must end too, or its place would never be free again.
            answer = http.NoAnswer(type(problem).__name__)
        with self._change:
            self._open -= 1
            in_flight.set(self._open)
            self._done.append(Done(about, answer, monotonic() - began))
            self._change.notify()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with self._change:
            self._open = 0
        if self._session is not None:
            await self._session.close()
