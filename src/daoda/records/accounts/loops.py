"""What the worker does for accounts: forget counters that no longer limit anyone."""

from __future__ import annotations

from datetime import datetime

from daoda.kit.loops import Loop
from daoda.records.accounts import throttles


def sweep_throttles(now: datetime) -> int:
    return throttles.sweep(now=now)


LOOPS = (Loop(name="throttle_sweep", run_once=sweep_throttles, every_s=60.0),)
