"""How many calls may be made to a supplier now: its concurrency and its pace, as one decision.

The pace is a leaky bucket (GCRA): a second's worth may go at once, at least one call, and then
one after the other; there is no edge of a window at which double may be spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.trade.suppliers.states import BUYABLE

BURST = timedelta(seconds=1)


@dataclass(frozen=True)
class Limit:
    """What a supplier bears, and how much of that is in use."""

    state: str
    concurrency: int
    calls_per_minute: int
    in_flight: int
    spent_until: datetime


@dataclass(frozen=True)
class Grant:
    """``count`` calls may be made; where that is none, no earlier than ``retry_at`` (if known)."""

    count: int
    spent_until: datetime
    retry_at: datetime | None


def grant(limit: Limit, *, wanted: int, buying: bool, now: datetime) -> Grant:
    """At most ``wanted`` calls. Questions are answered in every state, purchases only in some."""
    if buying and limit.state not in BUYABLE:
        return Grant(0, limit.spent_until, None)
    probing = buying and limit.state == "probing"
    concurrency = 1 if probing else limit.concurrency
    each = timedelta(minutes=1) / limit.calls_per_minute
    burst = max(BURST, each)
    spent_until = max(limit.spent_until, now)
    room = int((now + burst - spent_until) / each)
    count = max(0, min(wanted, room, concurrency - limit.in_flight))
    if count:
        return Grant(count, spent_until + count * each, None)
    return Grant(0, limit.spent_until, spent_until + each - burst if room < 1 else None)
