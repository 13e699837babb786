"""What the worker does for fulfilment."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit.loops import Loop
from daoda.kit.low_water import LowWater

# Orders released by a person, or healed after a shortage, were paid long ago.
_paid = LowWater(margin=timedelta(seconds=10), sweep_every=timedelta(seconds=1))


def deliver(now: datetime) -> int:
    """Deliver what is paid."""
    return fulfilment.deliver_batch(now=now, mark=_paid)


def heal(now: datetime) -> int:
    """Give stock that arrived to those who wait for it."""
    return fulfilment.heal_shortage(now=now)


LOOPS = (
    Loop("fulfilment.deliver", deliver, every_s=1.0, wake="deliver", copies=2),
    Loop("fulfilment.heal", heal, every_s=2.0, wake="stock"),
)
