"""The one way out: HTTP to outside parties, in sets, with limits.

A batch of calls goes out together on one event loop kept in a thread of its own, and comes
back as answers or named failures. Nothing here raises for what the other side did.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import aiohttp

ANSWER_BYTES_MAX = 2 * 1024 * 1024
TIMEOUT_S = 10.0
CONCURRENCY = 50


@dataclass(frozen=True)
class Call:
    """One request to make. All but the method may hold secrets (some vendors want the key in the
    address) and stays out of repr."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class NoAnswer:
    """The call was made or half made, and nothing may be concluded from the silence.

    Only where ``sent`` is False no connection came about, and it is certain that the other side
    has heard nothing.
    """

    reason: str
    sent: bool = True


def send(call: Call, *, timeout_s: float = TIMEOUT_S) -> Answer | NoAnswer:
    """One call; see ``send_all``."""
    return send_all([call], timeout_s=timeout_s)[0]


def send_all(
    calls: Sequence[Call], *, timeout_s: float = TIMEOUT_S, concurrency: int = CONCURRENCY
) -> list[Answer | NoAnswer]:
    """Make all calls, at most ``concurrency`` at once, each within ``timeout_s`` seconds.

    Redirects are not followed: an outside party does not choose where our secrets go. Must not
    be called inside a transaction.
    """
    future = asyncio.run_coroutine_threadsafe(_send_all(calls, timeout_s, concurrency), loop())
    return future.result()


async def _send_all(
    calls: Sequence[Call], timeout_s: float, concurrency: int
) -> list[Answer | NoAnswer]:
    # Turns are waited for here and not in the connector, where the waiting would count as time
    # that the other side took: one that hangs would use up the time of those behind it.
    turns = asyncio.Semaphore(concurrency)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        return list(await asyncio.gather(*(_in_turn(session, call, turns) for call in calls)))


async def _in_turn(
    session: aiohttp.ClientSession, call: Call, turns: asyncio.Semaphore
) -> Answer | NoAnswer:
    async with turns:
        return await exchange(session, call)


async def exchange(
    session: aiohttp.ClientSession, call: Call, limits: aiohttp.ClientTimeout | None = None
) -> Answer | NoAnswer:
    """One call on an open session, for whoever keeps calls in flight; never raises for them."""
    try:
        async with session.request(
            call.method,
            call.url,
            headers=call.headers,
            data=call.body or None,
            allow_redirects=False,
            timeout=limits or session.timeout,
        ) as response:
            body = await _bounded(response)
            return Answer(response.status, dict(response.headers), body)
    except aiohttp.ClientConnectorError as problem:
        return NoAnswer(type(problem).__name__, sent=False)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        return NoAnswer(type(problem).__name__)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        parts += chunk
        if len(parts) > ANSWER_BYTES_MAX:
            raise ValueError("answer too long")
    return bytes(parts)


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The event loop of this process's outgoing calls, in a thread of its own."""
    running = asyncio.new_event_loop()
    threading.Thread(target=running.run_forever, name="http", daemon=True).start()
    return running
