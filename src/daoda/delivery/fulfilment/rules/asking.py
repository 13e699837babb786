"""When a supplier is asked next about a purchase: as late as it wishes, as soon as we promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from daoda.trade.suppliers.adapters.base import Capability

FIRST_WAIT_S = 5.0
GROWTH = 1.6
WAIT_S_MAX = 600.0
# What is cut off may still come, and nobody waits for it.
CLAIM_WAIT_S = 3600.0


def ask_at(
    capability: Capability,
    *,
    sent_at: datetime,
    asked: int,
    now: datetime,
    due_at: datetime | None = None,
    ask_again_s: int | None = None,
    has_reference: bool = False,
    claimed_back: bool = False,
    told: bool = False,
) -> datetime | None:
    """The time of the next query; None where a query can tell nothing.

    ``asked`` is how often it was asked so far, ``due_at`` what the buyer was promised: a wait is
    cut short so that the supplier is asked by then, unless its own limits forbid it. ``told``: it
    has sent news of its own, and is asked as soon as its limits allow.
    """
    if not can_ask(capability, has_reference=has_reference):
        return None
    never_asked = told and not asked
    least_s = max(0 if never_asked else capability.query_every_s, ask_again_s or 0)
    wish_s = 0 if told else CLAIM_WAIT_S if claimed_back else wait_s(asked)
    soonest = max(
        now + timedelta(seconds=least_s), sent_at + timedelta(seconds=capability.query_earliest_s)
    )
    at = max(soonest, now + timedelta(seconds=wish_s))
    if due_at is not None and soonest <= due_at < at:
        at = due_at
    days = capability.query_history_days
    if days is not None and at > sent_at + timedelta(days=days):
        return None
    return at


def can_ask(capability: Capability, *, has_reference: bool) -> bool:
    """Whether there is a query for this purchase at all."""
    if capability.query_by == "ours":
        return True
    return capability.query_by == "theirs" and has_reference


def wait_s(asked: int) -> float:
    """Longer with every query: 5 s, 8, 13, 20, … 10 minutes."""
    return min(WAIT_S_MAX, FIRST_WAIT_S * GROWTH ** min(asked, 20))
