"""What the worker does for payments."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.kit.low_water import LowWater
from daoda.trade.payments import actions as payments
from daoda.trade.payments.actions import lapsing, resealing

# Where nothing is in the way a sweep costs nothing, and what turns up lower waits no longer than
# for the next poll: a notice that its channel has confirmed bears the stamp of its arrival.
_SWEEP = timedelta(seconds=1)
_received = LowWater(margin=timedelta(seconds=30), sweep_every=_SWEEP)
_order_dates = LowWater(margin=lapsing.UNDERWAY + timedelta(seconds=30), sweep_every=_SWEEP)
_refunds = LowWater(margin=timedelta(seconds=90), sweep_every=_SWEEP)
_notice_dates = LowWater(margin=timedelta(seconds=30), sweep_every=_SWEEP)


def settle(now: datetime) -> int:
    """Settle what has arrived."""
    return payments.settle_batch(now=now, mark=_received)


def confirm(now: datetime) -> int:
    """Ask channels whose notices are not enough by themselves."""
    return payments.confirm_batch(now=now)


def ask(now: datetime) -> int:
    """Ask channels about attempts to pay that nobody told us of."""
    return payments.ask_batch(now=now)


def refund(now: datetime) -> int:
    """Send the money that is owed back, and ask what became of what was sent."""
    return payments.refund_batch(now=now, mark=_refunds)


def pass_dates(now: datetime) -> int:
    """Run what was promised to happen when a date passes."""
    return payments.pass_dates(now=now, mark=_notice_dates)


def pass_order_dates(now: datetime) -> int:
    """The same for orders: here, because only payments know whether money is on its way."""
    return payments.pass_order_dates(now=now, mark=_order_dates)


LOOPS = (
    Loop("payments.settle", settle, every_s=1.0, wake="settle"),
    Loop("payments.confirm", confirm, every_s=1.0, wake="settle"),
    Loop("payments.ask", ask, every_s=1.0),
    Loop("payments.refund", refund, every_s=1.0, wake="refund"),
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
