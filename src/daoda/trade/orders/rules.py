"""Decisions about orders, on plain values."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

QUERY_PASSWORD_CHARS_MIN = 4
QUERY_PASSWORD_CHARS_MAX = 64
CONTACT_CHARS_MAX = 120
# Dates shown to a buyer are rounded up to whole minutes: "by 18:05", never "by 18:04:37".
SHOWN_STEP = timedelta(minutes=1)
# A buyer who pays at once needs a moment to do it; the date shown before paying allows for it.
PAYING_ALLOWANCE = timedelta(minutes=2)


class LockedOrder(NamedTuple):
    """What a move needs to know of an order, read under its lock."""

    id: uuid.UUID
    shop_id: uuid.UUID
    state: str
    node: str | None
    promise_id: uuid.UUID | None
    promised_at: datetime | None
    product_id: uuid.UUID
    variant_id: uuid.UUID
    coupon_id: uuid.UUID | None
    kind: str
    quantity: int
    amount_fen: int
    currency: str
    reserved: bool
    owner: str | None
    paid_at: datetime | None
    slips: int
    via: str
    hands: str
    attempt_id: uuid.UUID | None = None


def state_when_paid(via: str, *, reserved: bool) -> str:
    """Where money takes an order: to its supplier, to the shelf if that keeps goods for it,
    else to a person."""
    if via == "supplier":
        return "sourcing"
    if via != "stock":
        return "in_hand"
    return "paid" if reserved else "short"


def shown(due_at: datetime) -> datetime:
    """A date as it is shown: the next whole minute."""
    whole = due_at.replace(second=0, microsecond=0)
    return whole if whole == due_at else whole + SHOWN_STEP


def how_ended(
    order: LockedOrder, *, fulfilled: bool, reason: str, now: datetime
) -> tuple[str, str]:
    """How the current promise of an order ends when it moves: (how, reason).

    A promise is kept only if what was promised happened by the date; judged here at the event,
    and by the sweep when nothing happened.
    """
    if not fulfilled:
        return "superseded", reason
    if order.promised_at is not None and now > order.promised_at:
        return "broken", "late"
    return "kept", ""
