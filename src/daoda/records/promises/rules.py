"""How a date is made: time worked at the speed of the hour.

A rule says how many seconds a node takes, and in which weekly windows the clock runs slower
(a peak hour at half speed) or stands (a supplier's maintenance, a weekend). Speeds instead of
added minutes keep dates monotone: paying later never promises an earlier date, so a date shown
before paying stays true for whoever pays by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DEPARTMENTS = ("technical", "finance", "supplier", "risk", "operations")
DAYS_MAX = 400

# What a node takes where the shop has published no rule of its own.
DEFAULT_SECONDS = {
    "payment": 15 * 60,
    "stocking": 5 * 60,
    "supplying": 30 * 60,
    "claiming_back": 7 * 24 * 3600,
    "review": 2 * 3600,
    "handling": 4 * 3600,
    "shortage": 24 * 3600,
    "refund": 24 * 3600,
    "settling": 10 * 60,
    "matching": 24 * 3600,
    "checking": 10 * 60,
    "decision": 24 * 3600,
    "inspection": 48 * 3600,
    "turn": 4 * 3600,
    "rehearsing": 2 * 3600,
}


class NoWorkingTime(ValueError):
    """The windows leave no time in which the work could be done."""


@dataclass(frozen=True)
class Window:
    """Local times of some weekdays (Monday is 0) at which the clock runs at ``speed`` (0 to 1).

    ``ends`` of 24:00 is written as time.min and means the end of the day; a window does not
    cross midnight (write two). ``reason`` is a key that the pages put into words.
    """

    days: frozenset[int]
    starts: time
    ends: time
    speed: float
    reason: str


@dataclass(frozen=True)
class Due:
    """A date and why it is that date: the reasons of the windows it passed through."""

    due_at: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A published rule as plain values; ``version`` 0 is the default of the house."""

    node: str
    seconds: int
    windows: tuple[Window, ...]
    version: int

    def basis(self, due: Due) -> dict[str, object]:
        """What is kept with a promise so that its date can be explained for ever."""
        return {
            "rule": self.node,
            "version": self.version,
            "seconds": self.seconds,
            "reasons": list(due.reasons),
        }


def default_rule(node: str) -> Rule:
    """The house's rule for a node. KeyError for a node that does not exist."""
    return Rule(node, DEFAULT_SECONDS[node], (), 0)


def parse_window(data: Mapping[str, object]) -> Window:
    """A window from its stored form. Raises ValueError in words."""
    days = data.get("days", [0, 1, 2, 3, 4, 5, 6])
    if not isinstance(days, list) or not all(d in range(7) for d in days):
        raise ValueError("days must be a list of numbers 0 (Monday) to 6")
    starts, ends = _clock_time(data.get("starts")), _clock_time(data.get("ends"))
    if ends != time.min and starts >= ends:
        raise ValueError("a window must end after it starts; write two for one across midnight")
    speed = data.get("speed", 0)
    if not isinstance(speed, int | float) or not 0 <= speed < 1:
        raise ValueError("speed must be at least 0 and below 1")
    return Window(frozenset(days), starts, ends, float(speed), str(data.get("reason", "")))


def due(start: datetime, rule: Rule, zone: ZoneInfo) -> Due:
    """When ``rule.seconds`` of work begun at ``start`` are done. Raises NoWorkingTime."""
    left_s = float(rule.seconds)
    reasons: list[str] = []
    at = start
    for ends, speed, reason in _stretches(start, rule.windows, zone):
        if reason and reason not in reasons:
            reasons.append(reason)
        available_s = (ends - at).total_seconds() * speed
        if available_s >= left_s:
            return Due(at + timedelta(seconds=left_s / speed), tuple(reasons))
        left_s -= available_s
        at = ends
    raise NoWorkingTime(f"{rule.node}: no working time within {DAYS_MAX} days")


def _stretches(
    start: datetime, windows: Sequence[Window], zone: ZoneInfo
) -> Iterator[tuple[datetime, float, str]]:
    """From ``start`` on: the end of each stretch of even speed, its speed, its reason."""
    if not windows:
        yield start + timedelta(days=DAYS_MAX), 1.0, ""
        return
    first = start.astimezone(zone).date()
    for step in range(DAYS_MAX):
        day = first + timedelta(days=step)
        for begins, ends in _edges(day, windows, zone):
            if ends <= start:
                continue
            slowest = _slowest(begins, day, windows, zone)
            yield ends, slowest.speed if slowest else 1.0, slowest.reason if slowest else ""


def _edges(
    day: date, windows: Sequence[Window], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The day cut at every time where some window of it starts or ends, in UTC."""
    cuts = {_instant(day, time.min, zone), _end_of(day, time.min, zone)}
    for window in windows:
        if day.weekday() in window.days:
            cuts |= {_instant(day, window.starts, zone), _end_of(day, window.ends, zone)}
    return pairwise(sorted(cuts))


def _slowest(
    begins: datetime, day: date, windows: Sequence[Window], zone: ZoneInfo
) -> Window | None:
    covering = [
        window
        for window in windows
        if day.weekday() in window.days
        and _instant(day, window.starts, zone) <= begins < _end_of(day, window.ends, zone)
    ]
    return min(covering, key=lambda window: window.speed, default=None)


def _end_of(day: date, ends: time, zone: ZoneInfo) -> datetime:
    """When a window of this day ends; midnight as an end is the midnight that ends the day."""
    return _instant(day + timedelta(days=1) if ends == time.min else day, ends, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _clock_time(value: object) -> time:
    if value == "24:00":
        return time.min
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a time of day like 18:30") from None
