"""What the worker does for fulfilment."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit.loops import Loop

_FULL_SWEEP = timedelta(seconds=5)


class Deliver:
    """Delivers from a low-water mark, and from the beginning every few seconds.

    See payments.loops.Settle for why; more often than there, because orders released by a person
    or healed after a shortage were paid long ago and lie below the mark.
    """

    def __init__(self) -> None:
        self._swept_at = fulfilment.EPOCH

    def __call__(self, now: datetime) -> int:
        if now - self._swept_at >= _FULL_SWEEP or now < self._swept_at:
            did = fulfilment.deliver_batch(now=now)
            if did == 0:
                self._swept_at = now
            return did
        return fulfilment.deliver_batch(now=now, since=now - fulfilment.LOOK_BACK)


def heal(now: datetime) -> int:
    """Give stock that arrived to those who wait for it."""
    return fulfilment.heal_shortage(now=now)


LOOPS = (
    Loop("fulfilment.deliver", Deliver(), every_s=1.0, wake="deliver", copies=2),
    Loop("fulfilment.heal", heal, every_s=2.0, wake="stock"),
)
