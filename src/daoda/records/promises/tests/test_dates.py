"""How dates are made: speeds, windows, and never an earlier date for a later start."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.records.promises import rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(7))
STARTS = st.integers(0, 4 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@st.composite
def windows(draw):
    hour = draw(st.integers(0, 22))
    ends = time(draw(st.integers(hour + 1, 23)), draw(st.sampled_from([0, 30])))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return rules.Window(days, time(hour), ends, draw(st.sampled_from([0.0, 0.25, 0.5])), "peak")


def rule(seconds: int, *of: rules.Window) -> rules.Rule:
    return rules.Rule("stocking", seconds, tuple(of), 1)


@given(STARTS, st.integers(1, 10**6))
def test_without_windows_a_date_is_the_wall_clock(start, seconds):
    assert rules.due(start, rule(seconds), SHANGHAI).due_at == start + timedelta(seconds=seconds)


@given(STARTS, st.integers(1, 200_000), st.integers(0, 200_000), st.lists(windows(), max_size=3))
def test_a_later_start_never_gets_an_earlier_date(start, seconds, later_s, of):
    first = rules.due(start, rule(seconds, *of), BERLIN)
    second = rules.due(start + timedelta(seconds=later_s), rule(seconds, *of), BERLIN)
    assert first.due_at <= second.due_at


@given(STARTS, st.integers(1, 200_000), windows())
def test_a_window_never_makes_a_date_earlier(start, seconds, window):
    assert rules.due(start, rule(seconds, window), SHANGHAI).due_at >= start + timedelta(
        seconds=seconds
    )


def test_maintenance_at_night_moves_the_date_and_says_why():
    closed = rules.Window(EVERY_DAY, time(2), time(4), 0.0, "maintenance")
    start = datetime(2026, 11, 22, 1, 58, tzinfo=SHANGHAI).astimezone(UTC)
    due = rules.due(start, rule(300, closed), SHANGHAI)
    assert due.due_at.astimezone(SHANGHAI) == datetime(2026, 11, 22, 4, 3, tzinfo=SHANGHAI)
    assert due.reasons == ("maintenance",)


def test_a_peak_hour_runs_at_half_speed():
    peak = rules.Window(EVERY_DAY, time(20), time(21), 0.5, "peak")
    start = datetime(2026, 11, 22, 20, tzinfo=SHANGHAI).astimezone(UTC)
    assert rules.due(start, rule(600, peak), SHANGHAI).due_at == start + timedelta(seconds=1200)


def test_a_window_to_midnight_ends_with_the_day():
    closed = rules.parse_window({"starts": "22:00", "ends": "24:00", "speed": 0, "reason": "night"})
    start = datetime(2026, 11, 22, 23, tzinfo=SHANGHAI).astimezone(UTC)
    due = rules.due(start, rule(60, closed), SHANGHAI).due_at.astimezone(SHANGHAI)
    assert due == datetime(2026, 11, 23, 0, 1, tzinfo=SHANGHAI)


def test_windows_without_any_working_time_are_refused_at_once():
    never = rules.Window(EVERY_DAY, time(0), time.min, 0.0, "closed")
    with pytest.raises(rules.NoWorkingTime):
        rules.due(datetime(2026, 1, 1, tzinfo=UTC), rule(1, never), SHANGHAI)


@pytest.mark.parametrize(
    "bad",
    [
        {"starts": "25:00", "ends": "26:00"},
        {"starts": "10:00", "ends": "09:00"},
        {"starts": "10:00", "ends": "11:00", "speed": 2},
        {"starts": "10:00", "ends": "11:00", "days": [7]},
        {"starts": None, "ends": "11:00"},
    ],
)
def test_a_window_that_makes_no_sense_is_refused_in_words(bad):
    with pytest.raises(ValueError, match=r"\w+ \w+ \w+"):
        rules.parse_window(bad)
