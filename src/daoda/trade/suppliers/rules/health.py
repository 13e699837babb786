"""How well a supplier does, from counts; when the breaker opens and closes.

Durations are kept as counts in buckets, so that minutes add up to hours and no row is kept for a
call. A quantile is therefore known to the width of its bucket and told as the upper bound.
Weakness: two slow minutes of a quiet supplier look the same as two of a busy one, which is why
nothing is concluded from fewer than ``SAMPLE_MIN`` results.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

What = Literal["call", "purchase"]
Result = Literal["succeeded", "failed", "unknown"]
RESULTS: tuple[Result, ...] = get_args(Result)

# Upper bounds of the buckets; what takes longer than the last stands in one more bucket.
BOUNDS_MS = (
    50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000,
    180_000, 600_000, 1_800_000, 7_200_000, 86_400_000,
)  # fmt: skip
LOOKS_BACK = timedelta(minutes=5)
SAMPLE_MIN = 10
PROBE_SUCCESSES = 3
PROBING = timedelta(minutes=2)
FIRST_REST = timedelta(minutes=1)
REST_MAX = timedelta(minutes=30)


@dataclass(frozen=True)
class Counts:
    """What happened in some stretch of time. ``buckets`` counts durations of what succeeded."""

    succeeded: int = 0
    failed: int = 0
    unknown: int = 0
    buckets: Mapping[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.succeeded + self.failed + self.unknown

    def percent(self, result: Result) -> int:
        """Rounded down; 0 of nothing."""
        return 100 * int(getattr(self, result)) // self.total if self.total else 0

    def quantile_ms(self, share: float) -> int | None:
        """The bound below which ``share`` of the durations lie; None without any."""
        total = sum(self.buckets.values())
        seen = 0
        for position in sorted(self.buckets):
            seen += self.buckets[position]
            if total and seen >= share * total:
                return BOUNDS_MS[min(position, len(BOUNDS_MS) - 1)]
        return None


def bucket(duration_ms: int) -> int:
    """The position of a duration; ``len(BOUNDS_MS)`` for what is longer than all."""
    return bisect_left(BOUNDS_MS, duration_ms)


@dataclass(frozen=True)
class Limits:
    """Shares of results, in percent, from which on the breaker of a supplier opens."""

    unknown_percent: int
    failure_percent: int


def tripping(calls: Counts, purchases: Counts, limits: Limits) -> str:
    """Why the breaker must open, from what lately happened; empty when it need not."""
    for counts, name in ((purchases, "purchases"), (calls, "calls")):
        if counts.total < SAMPLE_MIN:
            continue
        if (share := counts.percent("unknown")) >= limits.unknown_percent:
            return f"{share}% of {counts.total} {name} without a clear answer"
        if (share := counts.percent("failed")) >= limits.failure_percent:
            return f"{share}% of {counts.total} {name} failed"
    return ""


def probed(calls: Counts) -> Literal["mended", "tripped", "open"]:
    """What calls since the probe began say: one unclear answer trips it again."""
    if calls.unknown:
        return "tripped"
    return "mended" if calls.succeeded >= PROBE_SUCCESSES else "open"


def rest(trips: int) -> timedelta:
    """How long a supplier is left alone after the breaker opened ``trips`` times in a row."""
    doublings = min(max(trips - 1, 0), 10)
    return min(REST_MAX, FIRST_REST * (1 << doublings))


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
