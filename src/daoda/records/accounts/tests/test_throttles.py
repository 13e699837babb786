from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from daoda.records.accounts import loops, throttles
from daoda.records.accounts.models import Throttle
from daoda.records.accounts.tests.world import NOON


def hit(
    subject: str = "a", *, limit: int = 3, per_s: float = 60, at_s: float = 0
) -> throttles.Verdict:
    return throttles.hit(
        "test", subject, limit=limit, per_s=per_s, now=NOON + timedelta(seconds=at_s)
    )


def test_a_burst_up_to_the_limit_and_then_one_by_one(db: None) -> None:
    assert [hit().allowed for _ in range(4)] == [True, True, True, False]
    assert hit(at_s=19.9).allowed is False
    assert hit(at_s=20).allowed
    assert hit(at_s=20).allowed is False


def test_the_verdict_says_what_is_left_and_when_to_come_back(db: None) -> None:
    assert [hit().remaining for _ in range(3)] == [2, 1, 0]
    refused = hit(at_s=5)
    assert (refused.allowed, refused.retry_after_s, refused.remaining) == (False, 15, 0)
    assert hit(at_s=5 + refused.retry_after_s).allowed


def test_being_refused_does_not_make_it_longer(db: None) -> None:
    for _ in range(20):
        hit()
    assert hit(at_s=20).allowed


def test_subjects_and_limits_do_not_meet(db: None) -> None:
    for _ in range(4):
        hit("a")
    assert hit("b").allowed
    assert throttles.hit("other", "a", limit=3, per_s=60, now=NOON).allowed


def test_the_subject_is_kept_as_a_hash(db: None) -> None:
    hit("203.0.113.7")
    assert b"203.0.113.7" not in bytes(Throttle.objects.get().subject)


def test_what_ran_empty_is_swept(db: None) -> None:
    hit("a")
    hit("b", at_s=30)
    assert loops.sweep_throttles(NOON + timedelta(seconds=21)) == 1
    assert Throttle.objects.count() == 1


@pytest.mark.committed
def test_hits_at_the_same_moment_are_all_counted() -> None:
    def one(_: int) -> bool:
        try:
            return hit(limit=10).allowed
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(one, range(80)))
    assert allowed == 10


@pytest.mark.committed
def test_sweeping_beside_hits_loses_no_count() -> None:
    def sweep(_: int) -> bool:
        try:
            throttles.sweep(now=NOON)
            return False
        finally:
            connection.close()

    def one(_: int) -> bool:
        try:
            return hit(limit=5).allowed
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = [pool.submit(sweep if n % 3 == 0 else one, n) for n in range(60)]
    assert sum(result.result() for result in results) == 5


class Window(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        limit=st.integers(1, 6),
        per_s=st.integers(1, 60),
        gaps=st.lists(st.floats(0, 20), min_size=1, max_size=25),
    )
    def test_no_window_ever_holds_more_than_twice_the_limit(
        self, limit: int, per_s: int, gaps: list[float]
    ) -> None:
        """A burst, and what drips in while the window passes: less than double, at any edge."""
        at, allowed = 0.0, []
        for gap in gaps:
            at += gap
            if hit("w", limit=limit, per_s=per_s, at_s=at).allowed:
                allowed.append(at)
        Throttle.objects.all().delete()
        for start in allowed:
            assert sum(start <= moment < start + per_s for moment in allowed) < 2 * limit + 1
