"""Those outside: the channel that repeats a notice until it is accepted, programs that order.

Each errand is tried anew, freshly signed, until it is answered as wanted; what was answered, and
when, is what a drill holds the house to. Runs in a thread of its own, so that whoever keeps the
processes running is not held up. Weakness: time is this process's; a very slow machine shows as
slow answers.
"""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random
from time import monotonic
from typing import Any

import aiohttp

from daoda.proving.drills.place import HOST
from daoda.proving.drills.sale import CHANNEL, Sale, Told
from daoda.proving.simulators.courier import wall_clock
from daoda.proving.simulators.sandbox import SandboxVendor

CONNECTIONS = 16
TRY_S_MAX = 10.0
AGAIN_S = 0.2
AGAIN_S_MAX = 1.0
GAP_SEEN_S = 15.0
API_KEY = "order-"
_vendor = SandboxVendor(CHANNEL)


@dataclass(frozen=True)
class Errand:
    """Something to be sent until ``accepted(status, body)``; ``refused`` ends it as well.

    ``copies`` further sendings follow once it was accepted, spread over ``copies_within_s``.
    """

    key: str
    path: str
    make: Callable[[], tuple[dict[str, str], bytes]]
    accepted: Callable[[int, bytes], bool]
    refused: Callable[[int, bytes], bool] = lambda status, body: False
    after_s: float = 0.0
    copies: int = 0
    copies_within_s: float = 0.0


@dataclass(frozen=True)
class Answered:
    """The first answer that ended an errand."""

    at: float
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class _Due:
    errand: Errand
    tries: int = 0
    copy: bool = False


class Traffic:
    """All errands of a drill. ``answered`` grows while it runs; ``times`` are in order.

    ``statuses`` counts the answers by their HTTP status; 0 is none at all.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready: asyncio.Queue[_Due] = asyncio.Queue()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._dice = Random(0)
        self._lock = threading.Lock()
        self._open = 0
        self.answered: dict[str, Answered] = {}
        self.refused: dict[str, Answered] = {}
        self.times: list[float] = []
        self.sendings = 0
        self.failures = 0
        self.copies_answered = 0
        self.statuses: Counter[int] = Counter()

    def start(self) -> None:
        self._thread.start()

    def add(self, errands: Iterable[Errand]) -> None:
        """Send these as well, each after its own wait."""
        for errand in errands:
            self._count(1 + errand.copies)
            self._put(_Due(errand), errand.after_s)

    @property
    def left(self) -> int:
        """Errands and copies not answered yet."""
        return self._open

    def silence_s(self, *, after: float) -> float:
        """Seconds from this moment (monotonic) until something was answered again; 0 if nothing

        was. What was on its way at that moment may have been answered still: the longest gap
        between two answers of the next quarter of a minute counts, if it is longer.
        """
        times = [after, *(at for at in self.times if at > after)]
        gaps = [two - one for one, two in pairwise(times) if one < after + GAP_SEEN_S]
        return max(gaps, default=0.0)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(TRY_S_MAX)

    def _put(self, due: _Due, after_s: float) -> None:
        self._loop.call_soon_threadsafe(self._loop.call_later, after_s, self._ready.put_nowait, due)

    def _count(self, more: int) -> None:
        with self._lock:
            self._open += more

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        tasks = [self._loop.create_task(self._work()) for _ in range(CONNECTIONS)]
        self._loop.run_forever()
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _work(self) -> None:
        timeout = aiohttp.ClientTimeout(total=TRY_S_MAX)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await self._try(session, await self._ready.get())

    async def _try(self, session: aiohttp.ClientSession, due: _Due) -> None:
        errand = due.errand
        self.sendings += 1
        status, body = await self._send(session, errand)
        self.statuses[status] += 1
        if errand.accepted(status, body):
            self._note(due, status, body)
        elif errand.refused(status, body):
            self.refused.setdefault(errand.key, Answered(monotonic(), status, body))
            self._count(-1 - errand.copies)
        else:
            self.failures += 1
            wait_s = min(AGAIN_S_MAX, AGAIN_S * 2**due.tries) * self._dice.uniform(0.5, 1.0)
            self._put(replace(due, tries=due.tries + 1), wait_s)

    def _note(self, due: _Due, status: int, body: bytes) -> None:
        errand, now = due.errand, monotonic()
        self._count(-1)
        self.times.append(now)
        self.answered.setdefault(errand.key, Answered(now, status, body))
        if due.copy:
            self.copies_answered += 1
            return
        for _ in range(errand.copies):
            self._put(_Due(errand, copy=True), self._dice.uniform(0.0, errand.copies_within_s))

    async def _send(self, session: aiohttp.ClientSession, errand: Errand) -> tuple[int, bytes]:
        headers, body = errand.make()
        url = f"http://{HOST}:{self._port}{errand.path}"
        try:
            async with session.post(url, headers=headers, data=body) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return 0, type(problem).__name__.encode()


def notice(sale: Sale, told: Told, **more: Any) -> Errand:
    """The channel tells of one event; a forger's is to be refused, never to be repeated."""

    def make() -> tuple[dict[str, str], bytes]:
        body = {
            "kind": "notice", "event": told.event, "merchant": CHANNEL["merchant"],
            "number": told.number, "status": "paid", "trade_no": told.trade_no,
            "amount_fen": told.amount_fen, "currency": "CNY",
            "paid_at": wall_clock().isoformat(), "payer": "drill***@example.cn",
        }  # fmt: skip
        headers, raw = _vendor.seal(body, wall_clock())
        return headers, raw.replace(b'"amount_fen":', b'"amount_fen": ') if told.forger else raw

    return Errand(
        key=told.key,
        path=f"/inbound/{sale.channel_id.hex}",
        make=make,
        accepted=_vendor.accepted,
        refused=lambda status, body: bool(told.forger) and status == 400,
        **more,
    )


def api_orders(sale: Sale, count: int, *, first: int = 0, **more: Any) -> list[Errand]:
    """Programs that place orders, each under a key of its own until it is answered."""
    return [_api_order(sale, nth, more) for nth in range(first, first + count)]


def order_ids(answered: Sequence[Answered]) -> list[uuid.UUID]:
    """The orders that were answered as placed."""
    return [uuid.UUID(json.loads(one.body)["id"]) for one in answered]


def _api_order(sale: Sale, nth: int, more: dict[str, Any]) -> Errand:
    key = f"{API_KEY}{nth:08}"
    wanted = {
        "variant_id": sale.for_api.hex, "quantity": 1, "contact": f"{key}@example.cn",
        "password": "sesame",
    }  # fmt: skip
    headers = {
        "authorization": f"Bearer {sale.tokens[nth % len(sale.tokens)]}",
        "content-type": "application/json", "idempotency-key": key,
    }  # fmt: skip
    return Errand(
        key=key,
        path="/api/v1/orders",
        make=lambda: (headers, json.dumps(wanted).encode()),
        accepted=lambda status, body: status == 201,
        **more,
    )
