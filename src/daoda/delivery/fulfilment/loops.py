"""What the worker does for fulfilment."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from time import monotonic

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment.actions import noticing
from daoda.delivery.fulfilment.actions.calling import Asked, Claimed
from daoda.kit import clock, rotation, wake
from daoda.kit.dispatch import Dispatcher
from daoda.kit.loops import Loop
from daoda.kit.low_water import LowWater

# Orders released by a person, or healed after a shortage, were paid long ago.
_paid = LowWater(margin=timedelta(seconds=10), sweep_every=timedelta(seconds=1))
_sourcing = LowWater(margin=timedelta(seconds=10), sweep_every=timedelta(seconds=1))
COLLECT_WAIT_S = 0.5
COLLECT_ROWS = 500


def deliver(now: datetime) -> int:
    """Deliver what is paid."""
    return fulfilment.deliver_batch(now=now, mark=_paid)


def heal(now: datetime) -> int:
    """Give stock that arrived to those who wait for it."""
    return fulfilment.heal_shortage(now=now)


def plan(now: datetime) -> int:
    """Choose a supplier for what has to be bought."""
    return fulfilment.plan_batch(now=now, mark=_sourcing)


def send(now: datetime) -> int:
    """Send what is planned, as much as suppliers and this process bear."""
    return _go(fulfilment.claim_sends(now=now, room=calls().free), now)


def ask(now: datetime) -> int:
    """Ask about what is due."""
    return _go(fulfilment.claim_asks(now=now, room=calls().free), now)


def hear(now: datetime) -> int:
    """Judge what has been answered since."""
    done = calls().collect(wait_s=COLLECT_WAIT_S, rows_max=COLLECT_ROWS)
    if not done:
        return 0
    fulfilment.give_back([one.about for one in done])
    wake.wake("send")
    now = clock.now()  # the wait for the first answer lies between
    heard = [fulfilment.read(one.about, one.answer, took_s=one.took_s, now=now) for one in done]
    return fulfilment.hear_batch(heard, now=now)


def finish(patience_s: float) -> None:
    """Wait for the calls in flight and judge them: what is known now need not be asked again."""
    ends_at = monotonic() + patience_s
    while calls().busy and monotonic() < ends_at:
        hear(clock.now())


def listen(now: datetime) -> int:
    """Listen to what suppliers told us."""
    return fulfilment.hear_notices(now=now)


def pass_dates(now: datetime) -> int:
    """Look again at what was not sent, decide at cut-offs, follow up claims."""
    return (
        fulfilment.replan_overdue(now=now)
        + fulfilment.cut_off_due(now=now)
        + fulfilment.pass_claim_dates(now=now)
    )


@cache
def calls() -> Dispatcher[Asked]:
    """The calls this process has in flight to suppliers."""
    return Dispatcher()


def _go(claimed: Claimed, now: datetime) -> int:
    calls().send(claimed.calls, timeout_s=fulfilment.TIMEOUT_S)
    fulfilment.hear_batch(claimed.heard, now=now)
    return len(claimed)


LOOPS = (
    Loop("fulfilment.deliver", deliver, every_s=1.0, wake="deliver", copies=2),
    Loop("fulfilment.heal", heal, every_s=2.0, wake="stock"),
    Loop("fulfilment.plan", plan, every_s=1.0, wake="supply"),
    Loop("fulfilment.send", send, every_s=1.0, wake="send"),
    Loop("fulfilment.ask", ask, every_s=1.0, wake="ask"),
    Loop("fulfilment.hear", hear, every_s=0.1, finish=finish),
    Loop("fulfilment.listen", listen, every_s=1.0, wake="listen"),
    Loop("fulfilment.attempt_dates", pass_dates, every_s=1.0),
    Loop(
        "fulfilment.rotate_notices",
        rotation.KeyRotation(noticing.rotate_notices).run_once,
        rotation.EVERY_S,
    ),
)
