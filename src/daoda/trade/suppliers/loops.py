"""What the worker does for suppliers."""

from __future__ import annotations

from datetime import datetime

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.actions import resealing


def judge(now: datetime) -> int:
    """Open and close breakers, end pauses whose date has come."""
    return suppliers.judge(now=now)


def read_balances(now: datetime) -> int:
    """Ask suppliers what is left of our money."""
    return suppliers.read_due(now=now)


def forget(now: datetime) -> int:
    """Drop counts nobody looks at any more."""
    return suppliers.forget(now=now)


LOOPS = (
    Loop("suppliers.judge", judge, every_s=5.0),
    Loop("suppliers.read_balances", read_balances, every_s=5.0),
    Loop("suppliers.forget", forget, every_s=600.0),
    Loop(
        "suppliers.rotate",
        rotation.KeyRotation(resealing.rotate).run_once,
        rotation.EVERY_S,
    ),
)
