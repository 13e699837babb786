"""When all suppliers of a product rest at once: windows as minutes of the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from daoda.records.promises.rules import Window

_DAY_MIN = 24 * 60
REASON = "maintenance"


def common(each: Sequence[Sequence[Window]]) -> tuple[Window, ...]:
    """The windows in which every one of some suppliers rests; none where one never does."""
    if not each:
        return ()
    shared = _minutes(each[0])
    for windows in each[1:]:
        shared &= _minutes(windows)
    found: list[Window] = []
    for day in range(7):
        found += _of_day(day, sorted(m - day * _DAY_MIN for m in shared if m // _DAY_MIN == day))
    return tuple(found)


def stored(window: Window) -> dict[str, object]:
    """A window in its stored form; see promises' ``rules.parse_window``."""
    ends = "24:00" if window.ends == time.min else window.ends.strftime("%H:%M")
    return {
        "days": sorted(window.days), "starts": window.starts.strftime("%H:%M"), "ends": ends,
        "speed": window.speed, "reason": window.reason,
    }  # fmt: skip


def _minutes(windows: Sequence[Window]) -> set[int]:
    """The minutes of the week in which the clock stands."""
    found: set[int] = set()
    for window in windows:
        if window.speed:
            continue
        begins, ends = _minute(window.starts), _minute(window.ends) or _DAY_MIN
        for day in window.days:
            found.update(range(day * _DAY_MIN + begins, day * _DAY_MIN + ends))
    return found


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _of_day(day: int, minutes: Sequence[int]) -> list[Window]:
    found: list[Window] = []
    begins = None
    for position, minute in enumerate(minutes):
        if begins is None:
            begins = minute
        last = position + 1 == len(minutes) or minutes[position + 1] != minute + 1
        if last:
            found.append(Window(frozenset({day}), _time(begins), _time(minute + 1), 0.0, REASON))
            begins = None
    return found


def _time(minute: int) -> time:
    return time.min if minute == _DAY_MIN else time(minute // 60, minute % 60)
