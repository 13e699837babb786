"""The engine of ``daoda worker``: loops that claim what is due.

A loop is a function that claims and finishes one batch and says how many it did. It is called
again at once while there is work, then sleeps until it is woken or its interval has passed:
the wake-up is a hint, the interval is the guarantee. A loop that fails backs off and goes on;
the others do not notice. Weakness: threads share one interpreter, so CPU-heavy loops want a
second worker process rather than more copies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection
from prometheus_client import Counter, Gauge

from daoda.kit import aio, clock, wake

BACKOFF_S_MAX = 30.0
# A database that was away is back for everybody at once: nobody may sleep long past that.
AWAY_S_MAX = 2.0
# What is under way when the engine stops has so long to end; below the patience of stop().
FINISH_S_MAX = 15.0
_LISTEN_S = 1.0
log = structlog.get_logger(__name__)

done_total = Counter("daoda_loop_done_total", "things finished by a loop", ["loop"])
failed_total = Counter("daoda_loop_failed_total", "batches a loop could not finish", ["loop"])
last_round = Gauge("daoda_loop_last_round_s", "seconds the last batch took", ["loop"])


@dataclass(frozen=True)
class Loop:
    """``run_once(now)`` claims and finishes one batch and returns how many things it did.

    ``finish(patience_s)`` is called once when the engine stops, for what is still under way.
    """

    name: str
    run_once: Callable[[datetime], int]
    every_s: float
    wake: str | None = None
    copies: int = 1
    finish: Callable[[float], None] | None = None


class Engine:
    """Runs loops in threads until ``stop``."""

    def __init__(self, loops: Iterable[Loop]) -> None:
        self._loops = tuple(loops)
        self._stopping = threading.Event()
        self._bells = {loop.name: threading.Event() for loop in self._loops}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for loop in self._loops:
            for _ in range(loop.copies):
                self._thread(self._turn, loop)
        self._thread(self._listen)

    def stop(self, *, patience_s: float = 20.0) -> bool:
        """Let running batches finish; True when all have."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.set()
        ends_at = monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, ends_at - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _thread(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _turn(self, loop: Loop) -> None:
        bell = self._bells[loop.name]
        failures = 0
        while not self._stopping.is_set():
            bell.clear()
            try:
                did = one_round(loop)
                failures = 0
            except Exception as problem:
                # Whatever went wrong, the rows are still due: say so, wait, try again.
                failures += 1
                failed_total.labels(loop.name).inc()
                log.exception("loop_failed", loop=loop.name, failures=failures)
                connection.close()
                self._stopping.wait(pause_s(problem, failures))
                continue
            if did == 0:
                bell.wait(loop.every_s)
        if loop.finish is not None:
            loop.finish(FINISH_S_MAX)
        connection.close()

    def _listen(self) -> None:
        """Ring the bells named by notifications; reconnects for ever, polling bridges the gap."""
        while not self._stopping.is_set():
            try:
                self._listen_once()
            except Exception as problem:
                # This thread must outlive every outage: without it all work waits for polling.
                log.warning("listen_lost", problem=type(problem).__name__)
                self._stopping.wait(_LISTEN_S)

    def _listen_once(self) -> None:
        with psycopg.connect(**aio.connection_settings(), autocommit=True) as listening:
            listening.execute(f"LISTEN {wake.CHANNEL}")
            while not self._stopping.is_set():
                for notice in listening.notifies(timeout=_LISTEN_S, stop_after=1):
                    self._ring(set(notice.payload.split()))

    def _ring(self, names: set[str]) -> None:
        for loop in self._loops:
            if loop.wake in names:
                self._bells[loop.name].set()


def pause_s(problem: Exception, failures: int) -> float:
    """Seconds before the next try: longer with every failure, less long if it passes by itself."""
    passes = isinstance(problem, OperationalError | InterfaceError)
    return min(AWAY_S_MAX if passes else BACKOFF_S_MAX, 0.2 * 2.0 ** min(failures, 8))


def one_round(loop: Loop) -> int:
    """One batch of one loop, measured; used by the engine, by drills and by tests."""
    started = monotonic()
    did = loop.run_once(clock.now())
    last_round.labels(loop.name).set(monotonic() - started)
    if did:
        done_total.labels(loop.name).inc(did)
    return did
