"""A rehearsed day as a picture: what waited where, minute by minute, and where dates broke.

Pure geometry in the units of the picture: panels one below the other over one axis of time, each
with a scale of its own and a dashed line at as many orders as its people do in an hour.
Broken dates are crosses in a strip of their own. The template draws it, a table has its numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

WIDTH, LEFT, RIGHT = 360, 2, 2
TITLE, PANEL, GAP, STRIP, AXIS = 16, 52, 8, 12, 16
POINTS_MAX = 356
CROSSES_MAX = 70
LABELS_MAX = 7
_STEPS = (15, 30, 60, 120, 180, 360, 720, 1440)
# What is drawn, in this order, where there was any of it. Whose turn it is to pay comes last.
PLACES = (
    "agents", "supplier", "short", "paid", "held", "refund_owed", "awaiting_payment",
)  # fmt: skip
# A line far above everything that happened would press the queue flat.
_CAPACITY_SHOWN = 2.5


@dataclass(frozen=True)
class Panel:
    """One queue. ``area`` is its outline closed at the base, ``top`` the number at its upper edge.

    ``capacity``: so many are an hour's work; its line lies at ``capacity_y`` where it is drawn.
    """

    place: str
    y: int
    base: int
    area: str
    line: str
    top: int
    most: int
    most_at: datetime
    capacity: int = 0
    capacity_y: float | None = None

    @property
    def title_y(self) -> int:
        """Where its name is written."""
        return self.y - 5

    @property
    def capacity_label_y(self) -> float:
        """Beside the line, on the side where there is room."""
        line_y = self.capacity_y or 0.0
        return line_y - 3 if line_y > self.y + 12 else line_y + 10


@dataclass(frozen=True)
class Label:
    """A time at the axis."""

    x: float
    at: datetime
    anchor: str


@dataclass(frozen=True)
class Row:
    """An hour in numbers: orders that came, the longest each queue was, dates that broke."""

    at: datetime
    wanted: int
    longest: tuple[int, ...]
    broken: int


@dataclass(frozen=True)
class Picture:
    """The whole picture. ``first_x``: where it stuck first, None if nowhere."""

    panels: tuple[Panel, ...]
    crosses: str
    strip_y: int
    broken: int
    labels: tuple[Label, ...]
    first_x: float | None
    height: int
    places: tuple[str, ...]
    rows: tuple[Row, ...]
    begins: datetime
    ends: datetime

    width, right = WIDTH, WIDTH - RIGHT

    @property
    def strip_title_y(self) -> int:
        """Where it is said what the crosses are."""
        return self.strip_y + TITLE - 5

    @property
    def strip_end_y(self) -> int:
        """Below the crosses."""
        return self.strip_y + TITLE + STRIP

    @property
    def axis_y(self) -> int:
        """Where the times are written."""
        return self.height - 4


def draw(outcome: Mapping[str, Any]) -> Picture:
    """The picture of an outcome."""
    series = outcome["series"]
    midnight = datetime.fromisoformat(outcome["begins"])
    begins = midnight + timedelta(minutes=series["first_minute"])
    minutes = max(1, len(series["wanted"]))
    scale = (WIDTH - LEFT - RIGHT) / minutes
    capacity = {crew["crew"]: crew["an_hour"] for crew in outcome["crews"]}
    drawn = {"wanted": series["wanted"]} | {
        place: series["queues"][place] for place in PLACES if any(series["queues"].get(place, ()))
    }
    panels = tuple(
        _panel(place, numbers, number, begins, capacity.get(place, 0))
        for number, (place, numbers) in enumerate(drawn.items())
    )
    strip_y = len(panels) * (TITLE + PANEL + GAP)
    height = strip_y + TITLE + STRIP + GAP + AXIS
    places = tuple(place for place in drawn if place != "wanted")
    return Picture(
        panels=panels,
        crosses=_crosses(series["broken"], strip_y + TITLE),
        strip_y=strip_y,
        broken=sum(series["broken"]),
        labels=_labels(begins, series["first_minute"], minutes, scale),
        first_x=_first_x(outcome, begins, minutes, scale),
        height=height,
        places=places,
        rows=_rows(series, places, midnight),
        begins=begins,
        ends=begins + timedelta(minutes=minutes),
    )


def _panel(
    place: str, numbers: Sequence[int], number: int, begins: datetime, capacity: int
) -> Panel:
    y = number * (TITLE + PANEL + GAP) + TITLE
    base, most = y + PANEL, max(numbers, default=0)
    shown = 0 < capacity <= most * _CAPACITY_SHOWN
    top = max(1, most, capacity if shown else 0)
    steps = _thinned(numbers, POINTS_MAX)
    width = (WIDTH - LEFT - RIGHT) / max(1, len(steps))
    line = _stepped(steps, base, width, top)
    return Panel(
        place=place,
        y=y,
        base=base,
        area=f"{line}V{base}H{LEFT}Z" if line else "",
        line=line,
        top=top,
        most=most,
        most_at=begins + timedelta(minutes=numbers.index(most) if most else 0),
        capacity=capacity if shown else 0,
        capacity_y=round(base - capacity * PANEL / top, 1) if shown else None,
    )


def _stepped(steps: Sequence[int], base: int, width: float, top: int) -> str:
    """The outline: one flat piece for each stretch of the same number."""
    parts: list[str] = []
    for at, value in enumerate(steps):
        if at and value == steps[at - 1]:
            continue
        y = base - value * PANEL / top
        parts.append(f"M{LEFT} {y:.1f}" if not at else f"H{LEFT + at * width:.1f}V{y:.1f}")
    return "".join([*parts, f"H{WIDTH - RIGHT}"]) if parts else ""


def _thinned(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many points; of what is put together the highest counts."""
    size = -(-len(numbers) // most)
    return [max(numbers[at : at + size]) for at in range(0, len(numbers), max(1, size))]


def _crosses(broken: Sequence[int], y: int) -> str:
    """A cross wherever dates broke, as many as can be told apart."""
    size = max(1, -(-len(broken) // CROSSES_MAX))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(broken))
    marks = []
    for at in range(0, len(broken), size):
        if any(broken[at : at + size]):
            x = LEFT + (at + min(size, len(broken) - at) / 2) * width
            marks.append(f"M{x - 2:.1f} {y + 4}l4 4m0-4l-4 4")
    return "".join(marks)


def _labels(begins: datetime, first_minute: int, minutes: int, scale: float) -> tuple[Label, ...]:
    step = next((step for step in _STEPS if minutes / step <= LABELS_MAX - 1), _STEPS[-1])
    first = -first_minute % step
    found = []
    for minute in range(first, minutes + 1, step):
        x = LEFT + minute * scale
        anchor = "start" if x < 16 else "end" if x > WIDTH - 16 else "middle"
        found.append(Label(round(x, 1), begins + timedelta(minutes=minute), anchor))
    return tuple(found)


def _first_x(
    outcome: Mapping[str, Any], begins: datetime, minutes: int, scale: float
) -> float | None:
    if not outcome["sticks"]:
        return None
    at = datetime.fromisoformat(outcome["sticks"][0]["at"])
    minute = min(minutes, max(0.0, (at - begins) / timedelta(minutes=1)))
    return round(LEFT + minute * scale, 1)


def _rows(series: Mapping[str, Any], places: Sequence[str], midnight: datetime) -> tuple[Row, ...]:
    """The day by hours, as far as anything was in them."""
    first, wanted, broken = series["first_minute"], series["wanted"], series["broken"]
    found = []
    for hour in range(first // 60, (first + len(wanted)) // 60 + 1):
        span = slice(max(0, hour * 60 - first), max(0, (hour + 1) * 60 - first))
        longest = tuple(max(series["queues"][place][span], default=0) for place in places)
        row = Row(midnight + timedelta(hours=hour), sum(wanted[span]), longest, sum(broken[span]))
        if row.wanted or any(longest) or row.broken:
            found.append(row)
    return tuple(found)
