"""How a supplier did in the last day, as a picture: purchases an hour, and how long calls took.

Pure geometry in the units of the picture; the template draws it and writes the table. Durations
stand on a scale on which ten times as long is one step up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log10

from daoda.trade.suppliers.rules.health import Counts, hour

HOURS = 24
SLOT, BAR = 14, 10
HEIGHT, BASE = 64, 68
WIDTH = HOURS * SLOT
FASTEST_MS, SLOWEST_MS = 50, 86_400_000
_KINDS = (("arrived", "succeeded"), ("under_way", "unknown"), ("unpaid", "failed"))


@dataclass(frozen=True)
class Piece:
    """A part of a bar: its kind (by which it is drawn), and where it stands."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Hour:
    """One hour: what came of purchases, and between which durations half and nine tenths lie."""

    at: datetime
    x: int
    counts: Counts
    calls: Counts
    pieces: tuple[Piece, ...]
    half_y: float | None
    most_y: float | None
    tall: float = 0.0

    @property
    def half_ms(self) -> int | None:
        return self.calls.quantile_ms(0.5)

    @property
    def most_ms(self) -> int | None:
        return self.calls.quantile_ms(0.9)


@dataclass(frozen=True)
class Chart:
    """A day of hours, the last one the present. ``top`` is the number at the upper line."""

    hours: tuple[Hour, ...]
    top: int
    lines: tuple[tuple[str, float], ...]

    width, height, base, bar = WIDTH, HEIGHT, BASE, BAR

    @property
    def told(self) -> tuple[Hour, ...]:
        """The hours in which there was anything."""
        return tuple(one for one in self.hours if one.counts.total or one.calls.total)


def draw(
    purchases: Mapping[datetime, Counts], calls: Mapping[datetime, Counts], *, now: datetime
) -> Chart:
    """The picture of the day that ends now."""
    first = hour(now) - timedelta(hours=HOURS - 1)
    times = [first + timedelta(hours=step) for step in range(HOURS)]
    top = _top(max(purchases.get(at, Counts()).total for at in times))
    hours = tuple(
        _hour(step, at, purchases.get(at, Counts()), calls.get(at, Counts()), top)
        for step, at in enumerate(times)
    )
    lines = tuple((text, _height(ms)) for text, ms in (("1 s", 1_000), ("1 min", 60_000)))
    return Chart(hours, top, lines)


def _hour(step: int, at: datetime, counts: Counts, calls: Counts, top: int) -> Hour:
    pieces: list[Piece] = []
    y = float(BASE)
    for kind, result in _KINDS:
        height = round(getattr(counts, result) * HEIGHT / top, 1)
        if height:
            y = round(y - height, 1)
            pieces.append(Piece(kind, y, height))
    half, most = calls.quantile_ms(0.5), calls.quantile_ms(0.9)
    half_y, most_y = (_height(ms) if ms is not None else None for ms in (half, most))
    tall = max(2.0, round(half_y - most_y, 1)) if half_y is not None and most_y is not None else 0
    x = step * SLOT + (SLOT - BAR) // 2
    return Hour(at, x, counts, calls, tuple(pieces), half_y, most_y, tall)


def _height(ms: int) -> float:
    span = log10(SLOWEST_MS / FASTEST_MS)
    share = log10(min(max(ms, FASTEST_MS), SLOWEST_MS) / FASTEST_MS) / span
    return round(BASE - share * HEIGHT, 1)


def _top(most: int) -> int:
    """The next round number, so that the line can be read."""
    scale = 1
    while True:
        for nice in (5, 10, 20, 50):
            if nice * scale >= most:
                return nice * scale
        scale *= 10
