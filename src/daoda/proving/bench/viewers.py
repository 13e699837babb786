"""Open order pages in thousands: a process that holds their connections and notes each event.

A viewer here is what a browser's event source is: it knows the last event it was told, and comes
back with it when it is dropped.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import resource
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic, time
from typing import Any, cast

import uvloop

from daoda.proving.bench import load

JOINING_MAX = 200
JOIN_S_MAX = 60.0
GONE_S_MAX = 1.0
TOLD_S_MAX = 600.0
# A reader that reads nothing: what both systems would hold for it is kept small, as on a poor
# line; on this machine's own it would be megabytes.
SLOW_BUFFER_BYTES = 4096
SLOW_SEGMENT_BYTES = 536
_EVENT = re.compile(rb"id: ([0-9a-f]{32})\nevent: changed\n")
_EVENT_BYTES = 120
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Page:
    """Where a viewer listens, and the newest fact it has seen."""

    path: str
    seen: str


@dataclass(frozen=True)
class Joined:
    """How joining went: viewers let in, turned away, and the seconds until the last one."""

    viewers: int
    refused: int
    seconds: float


@dataclass(frozen=True)
class Heard:
    """An event as one viewer heard it: which fact, and the wall-clock time."""

    viewer: int
    fact: str
    at: float


@dataclass(frozen=True)
class Slow:
    """What became of a viewer that stopped reading: the last event before it was dropped (if it
    was), and the first one it was told when it came back with that."""

    dropped: bool
    last: str
    resumed_with: str


class Audience:
    """The viewers of one live process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def join(self, pages: Sequence[Page], *, at_once: int = JOINING_MAX) -> Joined:
        """Open these pages, so many connections being opened at a time."""
        joined: Joined = self._ask("join", pages, at_once)
        return joined

    def heard(self) -> list[Heard]:
        """Every event since this was last asked."""
        return [Heard(*one) for one in self._ask("heard")]

    def stop_reading(self, page: Page) -> None:
        """One more viewer, which reads its first event and then nothing."""
        self._ask("stop_reading", page)

    def read_again(self) -> Slow:
        """Let it read what is left, and come back if it was dropped."""
        slow: Slow = self._ask("read_again")
        return slow

    def _ask(self, *command: Any) -> Any:
        self._pipe.send(command)
        if not self._pipe.poll(TOLD_S_MAX):
            raise RuntimeError("the viewers of the benchmark do not answer")
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            raise RuntimeError("the viewers failed; their output says why") from None


@contextmanager
def audience(port: int) -> Iterator[Audience]:
    """A process of viewers for the server on ``port``."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_watch, args=(theirs, port), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Audience(ours)
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _watch(pipe: Connection, port: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_House(port).obey(pipe))


class _House:
    """The viewers' side of the commands."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._viewers: list[_Viewer] = []
        self._events: list[tuple[int, str, float]] = []
        self._slow: _Viewer | None = None

    async def obey(self, pipe: Connection) -> None:
        commands = {
            "join": self._join, "heard": self._tell,
            "stop_reading": self._stop_reading, "read_again": self._read_again,
        }  # fmt: skip
        loop = asyncio.get_running_loop()
        while True:
            try:
                name, *given = await loop.run_in_executor(None, pipe.recv)
            except (EOFError, OSError):
                return
            command: Any = commands[name]
            pipe.send(await command(*given))

    async def _join(self, pages: Sequence[Page], at_once: int) -> Joined:
        began = monotonic()
        turns = asyncio.Semaphore(at_once)

        async def one(number: int, page: Page) -> bool:
            async with turns:
                viewer = await self._open(_Viewer(number, page, self._events))
                self._viewers.append(viewer)
                return await asyncio.wait_for(viewer.let_in, JOIN_S_MAX)

        first = len(self._viewers)
        answers = await asyncio.gather(*(one(first + n, page) for n, page in enumerate(pages)))
        return Joined(sum(answers), len(answers) - sum(answers), monotonic() - began)

    async def _tell(self) -> list[tuple[int, str, float]]:
        heard = list(self._events)
        self._events.clear()  # the viewers go on writing into this very list
        return heard

    async def _stop_reading(self, page: Page) -> None:
        viewer = _Viewer(-1, page, [], buffer_bytes=SLOW_BUFFER_BYTES)
        self._slow = await self._open(viewer)
        await asyncio.wait_for(viewer.let_in, JOIN_S_MAX)
        viewer.pause()

    async def _read_again(self) -> Slow:
        slow = self._slow
        assert slow is not None
        slow.resume()
        await asyncio.wait({slow.gone}, timeout=GONE_S_MAX)
        again = _Viewer(-1, Page(slow.page.path, slow.last), [])
        await self._open(again)
        await asyncio.wait_for(again.let_in, JOIN_S_MAX)
        for _ in range(20):
            if again.last != slow.last or not slow.gone.done():
                break
            await asyncio.sleep(0.1)
        return Slow(slow.gone.done(), slow.last, again.last)

    async def _open(self, viewer: _Viewer) -> _Viewer:
        loop = asyncio.get_running_loop()
        connection = socket.socket()
        connection.setblocking(False)
        if viewer.buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, viewer.buffer_bytes)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SLOW_SEGMENT_BYTES)
        await loop.sock_connect(connection, (load.HOST, self._port))
        await loop.create_connection(lambda: viewer, sock=connection)
        return viewer


class _Viewer(asyncio.Protocol):
    """One open page."""

    def __init__(
        self, number: int, page: Page, events: list[tuple[int, str, float]], *,
        buffer_bytes: int = 0,
    ) -> None:  # fmt: skip
        loop = asyncio.get_running_loop()
        self.page = page
        self.last = page.seen
        self.let_in: asyncio.Future[bool] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.buffer_bytes = buffer_bytes
        self._number = number
        self._events = events
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def pause(self) -> None:
        assert self._transport is not None
        self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(load.get(self.page.path, {"Last-Event-ID": self.page.seen}))

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self.let_in.done() and b"\r\n\r\n" in self._read:
            self.let_in.set_result(self._read.startswith(b"HTTP/1.1 200"))
        ends = 0
        for event in _EVENT.finditer(self._read):
            self.last = event[1].decode()
            self._events.append((self._number, self.last, time()))
            ends = event.end()
        if self._read.endswith(_LAST_CHUNK) and not self.gone.done():
            self.gone.set_result(None)  # an event source comes back after this
        self._read = self._read[max(ends, len(self._read) - _EVENT_BYTES) :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.let_in.done():
            self.let_in.set_result(False)
        if not self.gone.done():
            self.gone.set_result(None)
