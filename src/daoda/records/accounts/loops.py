"""What the worker does for accounts: forget counters that no longer limit anyone, change keys."""

from __future__ import annotations

from datetime import datetime

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.records.accounts import actions as accounts
from daoda.records.accounts import throttles


def sweep_throttles(now: datetime) -> int:
    return throttles.sweep(now=now)


_rotation = rotation.KeyRotation(accounts.rotate_second_factors)

LOOPS = (
    Loop(name="throttle_sweep", run_once=sweep_throttles, every_s=60.0),
    Loop(name="accounts.rotate", run_once=_rotation.run_once, every_s=rotation.EVERY_S),
)
