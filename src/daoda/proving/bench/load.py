"""A small load generator: prepared HTTP/1.1 requests over kept connections, bounded in number.

Only ever sent to this machine. Everything that was not answered as wanted is counted, never left
out. It takes part of the machine it measures; ``Fired.cpu_s`` says how much.
"""

from __future__ import annotations

import asyncio
import resource
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic, time
from typing import cast

import uvloop

HOST = "127.0.0.1"
TICK_S = 0.002
SILENT_S_MAX = 60.0


@dataclass
class Fired:
    """What came of a run. ``answered_at`` gives the wall-clock time of each good answer by the
    request's place; latencies and other times in seconds."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    refused: int = 0
    latencies_s: list[float] = field(default_factory=list)
    answered_at: dict[int, float] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return len(self.answered_at)

    @property
    def per_s(self) -> float:
        return self.answered / self.seconds


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """One request as bytes."""
    return _request("POST", path, headers | {"Content-Length": str(len(body))}, body)


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """One request as bytes."""
    return _request("GET", path, headers or {}, b"")


def fire(
    port: int, requests: Iterable[bytes], *, connections: int, per_s: float | None = None
) -> Fired:
    """Send every request once, at full speed or at an even rate.

    Raises TimeoutError when nothing is answered for a minute, ValueError for an answer that does
    not say how long it is.

    At a rate, latency counts from the moment a request was due, so a server that stalls cannot
    hide it by slowing down its clients.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_fire(port, requests, connections, per_s))


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _fire(
    port: int, requests: Iterable[bytes], connections: int, per_s: float | None
) -> Fired:
    volley = _Volley(requests, per_s)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(volley), HOST, port)
    cpu, began = _cpu_s(), monotonic()
    volley.begin()
    while not volley.over.is_set():
        answered = volley.fired.answered
        try:
            await asyncio.wait_for(volley.over.wait(), SILENT_S_MAX)
        except TimeoutError:
            if volley.fired.answered == answered:
                raise
    if volley.trouble is not None:
        raise volley.trouble
    volley.fired.seconds = monotonic() - began
    volley.fired.cpu_s = _cpu_s() - cpu
    return volley.fired


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class _Volley:
    """Hands requests to idle connections as they fall due."""

    def __init__(self, requests: Iterable[bytes], per_s: float | None) -> None:
        self.fired = Fired()
        self.over = asyncio.Event()
        self.trouble: ValueError | None = None
        self._waiting: Iterator[tuple[int, bytes]] = enumerate(requests)
        self._per_s = per_s
        self._began = 0.0
        self._idle: deque[_Connection] = deque()
        self._next: tuple[int, bytes] | None = next(self._waiting, None)
        self._open = 0

    def begin(self) -> None:
        self._began = monotonic()
        self._hand_out()

    def ready(self, connection: _Connection) -> None:
        self._idle.append(connection)
        if self._began:
            self._hand_out()

    def answered(self, connection: _Connection, number: int, due: float, status: int) -> None:
        self._open -= 1
        if status == 200:
            self.fired.latencies_s.append(monotonic() - due)
            self.fired.answered_at[number] = time()
        else:
            self.fired.refused += 1
        self.ready(connection)

    def broken(self, trouble: ValueError) -> None:
        """An answer we cannot read: the run is worth nothing."""
        self.trouble = trouble
        self.over.set()

    def lost(self) -> None:
        """A connection ended in the middle of a request."""
        self._open -= 1
        self.fired.refused += 1
        self._hand_out()

    def _hand_out(self) -> None:
        now = monotonic()
        while self._idle and self._next is not None:
            number, request = self._next
            due = self._began + number / self._per_s if self._per_s else now
            if due > now:
                asyncio.get_running_loop().call_later(max(TICK_S, due - now), self._hand_out)
                return
            self._next = next(self._waiting, None)
            self._open += 1
            self._idle.popleft().send(number, due, request)
        if self._next is None and self._open == 0:
            self.over.set()


class _Connection(asyncio.Protocol):
    """One kept connection: a request, its answer, the next request."""

    def __init__(self, volley: _Volley) -> None:
        self._volley = volley
        self._read = b""
        self._asked: tuple[int, float] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._volley.ready(self)

    def send(self, number: int, due: float, request: bytes) -> None:
        assert self._transport is not None
        self._asked = (number, due)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head_ends = self._read.find(b"\r\n\r\n")
        if head_ends < 0 or self._asked is None:
            return
        try:
            ends = head_ends + 4 + _length(self._read[:head_ends])
        except ValueError as trouble:
            self._volley.broken(trouble)
            return
        if len(self._read) < ends:
            return
        status = int(self._read[9:12])
        self._read = self._read[ends:]
        number, due = self._asked
        self._asked = None
        self._volley.answered(self, number, due, status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked is not None:
            self._volley.lost()


def _length(head: bytes) -> int:
    """Of the body, in bytes. ValueError for an answer that does not say."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer of unknown length: {head!r}")
    return int(rest.partition(b"\r\n")[0])
