"""What the worker does for risk."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.delivery.risk import actions as risk
from daoda.kit.loops import Loop
from daoda.kit.low_water import LowWater

_screening = LowWater(margin=timedelta(seconds=10), sweep_every=timedelta(seconds=1))


def screen(now: datetime) -> int:
    """Ask the rules about what was paid."""
    return risk.screen_batch(now=now, mark=_screening)


LOOPS = (Loop("risk.screen", screen, every_s=1.0, wake="screen"),)
