"""Where the next claim of a queue begins.

A queue kept in a table is claimed from its oldest end. Index entries of what is done stay there
until they may be cleared away, and while somebody holds an old snapshot they may not: every
claim would walk over all of them again, a little further each time. So a claim begins a margin
below the oldest thing the last one found. What turns up lower than that (released by a person,
rolled back, committed late) is found by a sweep from the beginning, made the less often the
longer it walks. Only a hint for speed: nothing is skipped for good.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from time import monotonic

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
# A sweep may take at most this share of the time.
SWEEP_SHARE = 0.05


class LowWater(threading.local):
    """The mark of one queue, each thread's own: what a thread rolls back it finds again at once.

    ``margin`` covers what is stamped before it is committed, or is due only a while after its
    stamp; ``sweep_every`` is how long what turns up lower may wait.
    """

    def __init__(self, *, margin: timedelta, sweep_every: timedelta) -> None:
        self._margin = margin
        self._sweep_every_s = sweep_every.total_seconds()
        self._mark = BEGINNING
        self._next_sweep = 0.0
        self._sweeping_since: float | None = None

    def since(self) -> datetime:
        """Where the claim that follows begins; tell ``found`` what it found."""
        if monotonic() < self._next_sweep:
            return self._mark
        self._sweeping_since = monotonic()
        return BEGINNING

    def found(self, oldest: datetime | None, *, now: datetime) -> None:
        """The oldest thing that was claimed, None for nothing; ``now`` is when it was asked."""
        self._mark = (now if oldest is None else min(oldest, now)) - self._margin
        if self._sweeping_since is not None:
            ended = monotonic()
            took_s = ended - self._sweeping_since
            # Longer than the margin is no walk but a wait: for a lock, behind which others stamped
            # what they commit only now, below the mark. They are looked for at once.
            pause_s = 0.0 if took_s > self._margin.total_seconds() else took_s / SWEEP_SHARE
            self._next_sweep = ended + max(self._sweep_every_s, pause_s)
            self._sweeping_since = None
