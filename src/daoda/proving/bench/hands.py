"""A process that does the worker's work on command, and says what it cost.

Its one session stays open, as a worker's does, so plans and marks are those of steady work.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

from daoda.proving.bench.place import Place

# Pages of tables and indexes this session asked for, and those that were not in the server's
# memory: exact, and nobody else's.
BUFFERS = """
SELECT coalesce(sum(coalesce(hits, 0) + coalesce(reads, 0)), 0)::bigint,
       coalesce(sum(reads), 0)::bigint
FROM pg_stat_get_backend_io(pg_backend_pid())
WHERE object = 'relation'
"""
TOLD_S_MAX = 1800.0


@dataclass(frozen=True)
class Cost:
    """What some work took; ``reads`` of the ``buffers`` were not in the server's memory."""

    did: int
    seconds: float
    buffers: int
    reads: int

    @property
    def per_s(self) -> float:
        return self.did / self.seconds if self.seconds else 0.0

    @property
    def buffers_each(self) -> float:
        return self.buffers / max(1, self.did)

    @property
    def reads_each(self) -> float:
        return self.reads / max(1, self.did)


class Hand:
    """One worker's hand. It runs one loop of the house in rounds, when told."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def work(self, at_least: int) -> Cost:
        """Run rounds until so many things are done or nothing is left. Raises RuntimeError."""
        self._pipe.send(at_least)
        if not self._pipe.poll(TOLD_S_MAX):
            raise RuntimeError("a hand of the benchmark does not answer")
        try:
            return Cost(*self._pipe.recv())
        except (EOFError, OSError):
            raise RuntimeError("a hand of the benchmark failed; its output says why") from None


@contextmanager
def hand(place: Place, loop: str) -> Iterator[Hand]:
    """A process that runs the loop of this name in a place."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_obey, args=(theirs, loop), daemon=True)
    place.enter()  # its environment is inherited
    process.start()
    theirs.close()
    try:
        yield Hand(ours)
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _obey(pipe: Connection, loop_name: str) -> None:
    from daoda.config import django_ready

    django_ready()
    from daoda.config import worker
    from daoda.kit import clock, sql

    (loop,) = worker.loops([loop_name])
    clock.now()  # the connection is open
    while True:
        try:
            wanted = pipe.recv()
        except (EOFError, OSError):
            return
        buffers, reads = _buffers(sql)
        did, began = 0, perf_counter()
        while did < wanted and (done := loop.run_once(clock.now())):
            did += done
        seconds = perf_counter() - began
        then_buffers, then_reads = _buffers(sql)
        pipe.send((did, seconds, then_buffers - buffers, then_reads - reads))


def _buffers(sql: Any) -> tuple[int, int]:
    sql.rows("SELECT pg_stat_force_next_flush()")
    ((buffers, reads),) = sql.rows(BUFFERS)
    return int(buffers), int(reads)
