"""What the worker does for the shelf."""

from __future__ import annotations

from datetime import datetime

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.trade.stock import actions as stock


def import_codes(now: datetime) -> int:
    """The next stretch of an import."""
    return stock.work_on_import(now=now)


def pass_dates(now: datetime) -> int:
    """What was promised for imports and inspections and is late."""
    return stock.pass_import_dates(now=now) + stock.pass_inspection_dates(now=now)


def void_expired(now: datetime) -> int:
    """Codes whose last day is over."""
    return stock.void_expired(now=now)


def warn_low(now: datetime) -> int:
    """Levels that sank to their threshold, or rose above it."""
    return stock.warn_low(now=now)


LOOPS = (
    Loop("stock.import", import_codes, every_s=2.0, wake="stock_import"),
    Loop("stock.pass_dates", pass_dates, every_s=1.0),
    Loop("stock.void_expired", void_expired, every_s=60.0),
    Loop("stock.warn_low", warn_low, every_s=5.0, wake="stock"),
    Loop("stock.rotate", rotation.KeyRotation(stock.rotate).run_once, rotation.EVERY_S),
)
