"""A small load generator: prepared HTTP/1.1 requests over kept connections, bounded in number.

Only ever sent to this machine. It counts what was answered as wanted; everything else is an
error of the run, never left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Fired:
    """What came of a run. Times in seconds; ``late`` requests waited for a free connection."""

    answered: int
    refused: int
    seconds: float
    latencies_s: list[float]

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """One request as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def fire(
    port: int, requests: Sequence[bytes], *, connections: int, per_s: float | None = None
) -> Fired:
    """Send every request once, at full speed or at an even rate.

    At a rate, latency counts from the moment a request was due, so a server that stalls cannot
    hide it by slowing down its clients.
    """
    started = monotonic()
    waiting = iter(enumerate(requests))
    answers: list[tuple[int, float]] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        for number, request in waiting:
            due = started + number / per_s if per_s else monotonic()
            if (pause := due - monotonic()) > 0:
                await asyncio.sleep(pause)
            writer.write(request)
            status = await _status(reader)
            answers.append((status, monotonic() - due))
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    seconds = monotonic() - started
    good = [latency for status, latency in answers if status == 200]
    return Fired(len(good), len(answers) - len(good), seconds, good)


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
