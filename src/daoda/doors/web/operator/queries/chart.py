"""Orders per hour as a picture: bars of three kinds, told apart without colour, and their numbers.

Pure geometry in the units of the picture; the template draws it and writes the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOURS = 24
SLOT, BAR = 14, 10
HEIGHT, BASE = 96, 100
WIDTH = HOURS * SLOT
_NICE = (5, 10, 20, 50)


@dataclass(frozen=True)
class Counted:
    """The orders of one hour by what became of them."""

    arrived: int = 0
    under_way: int = 0
    unpaid: int = 0

    @property
    def all(self) -> int:
        return self.arrived + self.under_way + self.unpaid


@dataclass(frozen=True)
class Piece:
    """A part of a bar: its kind, and where it stands (from the top left)."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One hour of the day."""

    hour: int
    x: int
    counted: Counted
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Chart:
    """A day of bars. ``top`` is the number at the upper line."""

    bars: tuple[Bar, ...]
    top: int
    total: Counted
    busiest: Bar | None

    width, height, base, bar = WIDTH, HEIGHT, BASE, BAR

    @property
    def told(self) -> tuple[Bar, ...]:
        """The hours in which there was anything."""
        return tuple(bar for bar in self.bars if bar.counted.all)


def draw(by_hour: Mapping[int, Counted]) -> Chart:
    """The picture of a day, from the orders of its hours."""
    counted = [by_hour.get(hour, Counted()) for hour in range(HOURS)]
    top = _top(max(one.all for one in counted))
    bars = tuple(
        Bar(hour, hour * SLOT + (SLOT - BAR) // 2, one, _pieces(one, top))
        for hour, one in enumerate(counted)
    )
    total = Counted(
        sum(one.arrived for one in counted),
        sum(one.under_way for one in counted),
        sum(one.unpaid for one in counted),
    )
    busiest = max(bars, key=lambda bar: bar.counted.all)
    return Chart(bars, top, total, busiest if total.all else None)


def _pieces(counted: Counted, top: int) -> tuple[Piece, ...]:
    """What arrived stands below, then what is under way, then what was not paid."""
    pieces: list[Piece] = []
    y = float(BASE)
    for kind in ("arrived", "under_way", "unpaid"):
        height = round(getattr(counted, kind) * HEIGHT / top, 1)
        if height:
            y = round(y - height, 1)
            pieces.append(Piece(kind, y, height))
    return tuple(pieces)


def _top(most: int) -> int:
    """The next round number, so that the line can be read."""
    scale = 1
    while True:
        for nice in _NICE:
            if nice * scale >= most:
                return nice * scale
        scale *= 10
