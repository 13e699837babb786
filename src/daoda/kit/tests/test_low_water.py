"""Claims begin near the last one, and nothing stays below the mark for good."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from daoda.kit import low_water
from daoda.kit.low_water import BEGINNING, LowWater

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARGIN = timedelta(seconds=5)


class Watch:
    """A clock for how long things take, set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(low_water, "monotonic", watch)
    return watch


@pytest.fixture
def mark(watch: Watch) -> LowWater:
    return LowWater(margin=MARGIN, sweep_every=timedelta(seconds=10))


def test_the_first_claim_begins_at_the_beginning_and_the_next_below_what_it_found(mark):
    assert mark.since() == BEGINNING
    oldest = NOW - timedelta(minutes=3)
    mark.found(oldest, now=NOW)
    assert mark.since() == oldest - MARGIN


def test_where_nothing_was_found_everything_up_to_now_is_done(mark):
    mark.since()
    mark.found(None, now=NOW)
    assert mark.since() == NOW - MARGIN


def test_a_sweep_comes_again_and_finds_what_turned_up_lower(mark, watch):
    mark.since()
    mark.found(NOW, now=NOW)
    watch.seconds += 9
    assert mark.since() == NOW - MARGIN
    watch.seconds += 2
    assert mark.since() == BEGINNING
    released = NOW - timedelta(hours=2)
    mark.found(released, now=NOW)
    assert mark.since() == released - MARGIN


def test_a_sweep_that_takes_long_comes_seldom(mark, watch):
    mark.since()
    watch.seconds += 3
    mark.found(NOW, now=NOW)
    watch.seconds += 59
    assert mark.since() != BEGINNING
    watch.seconds += 2
    assert mark.since() == BEGINNING


def test_a_sweep_that_waited_for_a_lock_comes_again_soon(mark, watch):
    mark.since()
    watch.seconds += 18
    mark.found(NOW, now=NOW)
    watch.seconds += 11
    assert mark.since() == BEGINNING, "what was stamped behind the lock lies below the mark"


def test_a_claim_that_failed_begins_there_again(mark):
    mark.since()
    assert mark.since() == BEGINNING, "nobody told what was found"


def test_a_stamp_from_a_clock_ahead_does_not_lift_the_mark_above_now(mark):
    mark.since()
    mark.found(NOW + timedelta(hours=1), now=NOW)
    assert mark.since() == NOW - MARGIN


def test_each_thread_has_a_mark_of_its_own(mark):
    mark.since()
    mark.found(NOW, now=NOW)
    seen = []
    other = threading.Thread(target=lambda: seen.append(mark.since()))
    other.start()
    other.join()
    assert seen == [BEGINNING]
