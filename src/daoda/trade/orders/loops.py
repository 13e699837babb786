"""What the worker does for orders."""

from __future__ import annotations

from datetime import datetime

from daoda.kit.loops import Loop
from daoda.trade.orders import actions as orders


def pass_dates(now: datetime) -> int:
    """Run what was promised to happen when a date passes."""
    return orders.pass_dates(now=now)


LOOPS = (Loop("orders.pass_dates", pass_dates, every_s=1.0),)
