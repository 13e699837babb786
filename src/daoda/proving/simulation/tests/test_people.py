"""Buyers and crews: the same throw is the same day, and more hands never do less."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.proving.simulation import crew
from daoda.proving.simulation.buyers import arrivals, drawn
from daoda.proving.simulation.crew import Hours, Job
from daoda.watch.rehearsals.rules import Day, Spread, preset, read_day

SHELF, HAND = uuid.UUID(int=1), uuid.UUID(int=2)
CREWS = {SHELF: "", HAND: "agents"}
MIDNIGHT = datetime(2026, 11, 27, 16, tzinfo=UTC)
ALWAYS = Hours(MIDNIGHT, 0, 24 * 60)
WORKING = Hours(MIDNIGHT, 9 * 60, 17 * 60)


def day(**changes: Any) -> Day:
    mix = [{"variant": SHELF.hex, "share": 3}, {"variant": HAND.hex, "share": 1}]
    return read_day({**preset("weekend", on=date(2026, 11, 28), mix=mix), **changes})


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def jobs(*came: tuple[float, float, float]) -> list[Job]:
    """(came, minutes of work, due), in hours of the day."""
    return [
        Job(at(due), at(hour), number, minutes * 60)
        for number, (hour, minutes, due) in enumerate(came)
    ]


def test_the_same_throw_is_the_same_day() -> None:
    assert list(arrivals(day(seed=4), CREWS)) == list(arrivals(day(seed=4), CREWS))
    assert list(arrivals(day(seed=4), CREWS)) != list(arrivals(day(seed=5), CREWS))


def test_they_come_in_order_and_no_two_at_once() -> None:
    coming = list(arrivals(day(), CREWS))
    moments = [arrival.at_s for arrival in coming]
    assert moments == sorted(set(moments))
    assert len(coming) == pytest.approx(day().orders, rel=0.1)
    assert [arrival.number for arrival in coming] == list(range(len(coming)))


def test_one_in_several_stands_for_the_others_but_not_where_people_deliver() -> None:
    every, some = list(arrivals(day(), CREWS)), list(arrivals(day(one_in=10), CREWS))

    def by_hand(coming: Any) -> list[float]:
        return [arrival.at_s for arrival in coming if arrival.variant_id == HAND]

    assert by_hand(some)
    stand_for = sum(arrival.stands_for for arrival in some)
    assert stand_for == pytest.approx(len(every), rel=0.2)
    assert len(some) < len(every) / 2


def test_half_is_done_by_the_median_and_nine_of_ten_by_the_other() -> None:
    dice, spread = Random(3), Spread(60, 240)
    thrown = sorted(drawn(spread, dice) for _ in range(4000))
    assert thrown[2000] == pytest.approx(60, rel=0.1)
    assert thrown[3600] == pytest.approx(240, rel=0.15)


def test_who_is_due_first_is_served_first() -> None:
    done = crew.play(jobs((0, 10, 9), (0.01, 10, 8), (0.02, 10, 3)), at_once=1, hours=ALWAYS)
    assert [job.number for _at, job in done] == [0, 2, 1]


def test_out_of_hours_nobody_begins_and_whoever_is_at_it_finishes() -> None:
    done = crew.play(jobs((2, 30, 20), (16.9, 60, 24), (17.5, 10, 48)), at_once=1, hours=WORKING)
    assert [ended for ended, _job in done] == [at(9.5), at(17.9), at(33 + 10 / 60)]


def test_how_many_would_have_been_enough() -> None:
    four = jobs(*[(10, 60, 11.5)] * 4)
    assert crew.late(four, at_once=1, hours=ALWAYS) == 3
    assert crew.enough(four, at_once=1, hours=ALWAYS) == (4, 0)
    night = jobs((3, 10, 4), (10, 10, 11))
    assert crew.enough(night, at_once=1, hours=WORKING) == (1, 1)


def test_without_people_nothing_is_done() -> None:
    assert crew.play(jobs((1, 1, 2)), at_once=0, hours=ALWAYS) == []


@given(
    came=st.lists(
        st.tuples(st.integers(0, 23), st.integers(1, 300), st.integers(1, 40)), max_size=30
    ),
    at_once=st.integers(1, 5),
)
def test_every_job_is_done_once_and_never_by_more_hands_than_there_are(
    came: list[tuple[float, float, float]], at_once: int
) -> None:
    all_jobs = jobs(*came)
    done = crew.play(all_jobs, at_once=at_once, hours=WORKING)
    assert sorted(job.number for _at, job in done) == list(range(len(all_jobs)))
    spans = [(ended - timedelta(seconds=job.work_s), ended) for ended, job in done]
    for begun, _ended in spans:
        assert sum(one <= begun < other for one, other in spans) <= at_once
        assert WORKING.open_at(begun)
