"""What the worker does for the shelf."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from daoda.kit.loops import Loop
from daoda.trade.stock import actions as stock

ROTATED_ROWS = 500
ROTATE_AGAIN = timedelta(days=1)


class KeyRotation:
    """A slow walk over all codes, sealing under the newest key what bears another.

    It begins with the process, because a new key is on the ring only of processes started after
    it was made, and again once a day for what older processes sealed since.
    """

    def __init__(self) -> None:
        self._after: uuid.UUID | None = uuid.UUID(int=0)
        self._ended_at: datetime | None = None

    def run_once(self, now: datetime) -> int:
        """Walk on by one page; 0 when the walk is over for today."""
        if self._after is None:
            if self._ended_at is not None and now - self._ended_at < ROTATE_AGAIN:
                return 0
            self._after = uuid.UUID(int=0)
        self._after = stock.rotate(after=self._after, limit_rows=ROTATED_ROWS)
        if self._after is None:
            self._ended_at = now
            return 0
        return 1


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
    Loop("stock.rotate", KeyRotation().run_once, every_s=600.0),
)
