"""The engine outlives whatever its loops run into."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import InterfaceError, OperationalError

from daoda.kit import loops


@pytest.mark.committed
def test_a_loop_that_has_failed_a_thousand_times_still_tries_again(world_db, monkeypatch):
    tries = 0
    enough = threading.Event()

    def failing(_now: datetime) -> int:
        nonlocal tries
        tries += 1
        if tries > 1100:
            enough.set()
            return 0
        raise RuntimeError("the database is away")

    monkeypatch.setattr(loops, "BACKOFF_S_MAX", 0.0)
    monkeypatch.setattr(loops.log, "exception", lambda *_, **__: None)
    engine = loops.Engine([loops.Loop("test.failing", failing, every_s=60.0)])
    engine.start()
    assert enough.wait(timeout=60)
    assert engine.stop()


@pytest.mark.committed
def test_one_failing_loop_does_not_hold_up_another(world_db, monkeypatch):
    done = threading.Event()

    def failing(_now: datetime) -> int:
        raise RuntimeError

    def working(_now: datetime) -> int:
        done.set()
        return 0

    monkeypatch.setattr(loops.log, "exception", lambda *_, **__: None)
    engine = loops.Engine(
        [loops.Loop("test.a", failing, every_s=60.0), loops.Loop("test.b", working, every_s=60.0)]
    )
    engine.start()
    assert done.wait(timeout=20)
    assert engine.stop()


@pytest.mark.parametrize("problem", [OperationalError("gone"), InterfaceError("closed")])
def test_who_lost_the_database_is_back_soon_after_it(problem):
    pauses = [loops.pause_s(problem, failures) for failures in range(1, 2000)]
    assert pauses[0] < 0.5
    assert max(pauses) == loops.AWAY_S_MAX


def test_who_fails_in_itself_tries_more_and_more_seldom():
    pauses = [loops.pause_s(ValueError("broken"), failures) for failures in range(1, 2000)]
    assert pauses == sorted(pauses)
    assert max(pauses) == loops.BACKOFF_S_MAX
