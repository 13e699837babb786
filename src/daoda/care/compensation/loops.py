"""What the worker does for compensation."""

from __future__ import annotations

from datetime import datetime

from daoda.care.compensation import actions as compensation
from daoda.kit.loops import Loop


def hear(now: datetime) -> int:
    """Hear of broken dates, and of orders that came to an end."""
    return compensation.hear(now=now)


def pass_dates(now: datetime) -> int:
    """Do the steps that are due."""
    return compensation.pass_dates(now=now)


def lapse(now: datetime) -> int:
    """Strike off goodwill that is over."""
    return compensation.lapse_grants(now=now)


LOOPS = (
    Loop("compensation.hear", hear, every_s=1.0),
    Loop("compensation.pass_dates", pass_dates, every_s=1.0),
    Loop("compensation.lapse", lapse, every_s=60.0),
)
