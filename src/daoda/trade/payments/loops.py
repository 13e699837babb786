"""What the worker does for payments."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.trade.payments import actions as payments
from daoda.trade.payments.actions import resealing, settling

_FULL_SWEEP = timedelta(seconds=30)


class Settle:
    """Settles from a low-water mark, and from the beginning every half minute.

    The mark keeps claims from walking index entries of notices settled long ago, which an old
    snapshot held elsewhere can keep alive for hours.
    """

    def __init__(self) -> None:
        self._swept_at = settling.EPOCH

    def __call__(self, now: datetime) -> int:
        if now - self._swept_at >= _FULL_SWEEP or now < self._swept_at:
            did = payments.settle_batch(now=now)
            if did == 0:
                self._swept_at = now
            return did
        return payments.settle_batch(now=now, since=now - settling.LOOK_BACK)


def confirm(now: datetime) -> int:
    """Ask channels whose notices are not enough by themselves."""
    return payments.confirm_batch(now=now)


def pass_dates(now: datetime) -> int:
    """Run what was promised to happen when a date passes."""
    return payments.pass_dates(now=now)


def pass_order_dates(now: datetime) -> int:
    """The same for orders: here, because only payments know whether money is on its way."""
    return payments.pass_order_dates(now=now)


LOOPS = (
    Loop("payments.settle", Settle(), every_s=1.0, wake="settle"),
    Loop("payments.confirm", confirm, every_s=1.0, wake="settle"),
    Loop("payments.pass_dates", pass_dates, every_s=1.0),
    Loop("payments.pass_order_dates", pass_order_dates, every_s=1.0),
    Loop(
        "payments.rotate_channels",
        rotation.KeyRotation(resealing.rotate_channels).run_once,
        rotation.EVERY_S,
    ),
    Loop(
        "payments.rotate_notices",
        rotation.KeyRotation(resealing.rotate_notices).run_once,
        rotation.EVERY_S,
    ),
)
