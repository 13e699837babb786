"""What happens by itself when a date passes, and what a buyer may call off."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from daoda.kit import sql
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.actions.moving import SQL, Move, apply, lock, release_reserved
from daoda.trade.orders.rules import LockedOrder

SWEEP_ROWS = 500


def cancel(*, order_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Call off an unpaid order; False when it is no longer unpaid (or not there)."""
    with transaction.atomic():
        order = lock([order_id]).get(order_id)
        if order is None or order.state != "awaiting_payment":
            return False
        _give_up([order])
        move = Move(order, "cancelled", "order.cancelled", reason="cancelled", reserved=False)
        apply([move], actor=actor, now=now)
    return True


def pass_dates(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Run the consequence of every date that has passed; returns how many.

    Unpaid orders expire and give back what was kept for them. For all others the broken promise
    is followed at once by the next one, in the hands of a person where a machine was late.
    """
    with transaction.atomic():
        found = sql.rows(SQL.claim_due, {"now": now, "limit_rows": limit_rows})
        due = [LockedOrder(*row) for row in found]
        _give_up([order for order in due if order.state == "awaiting_payment"])
        apply([_consequence(order) for order in due], actor="machine:orders", now=now)
    return len(due)


def _consequence(order: LockedOrder) -> Move:
    if order.state == "awaiting_payment":
        return Move(order, "expired", "order.expired", reason="not_paid", reserved=False)
    return Move(
        order,
        order.state,
        "order.promise_broken",
        reason="late",
        breach=True,
        owner=order.owner,
        data={"node": order.node, "due_at": order.promised_at and order.promised_at.isoformat()},
    )


def _give_up(unpaid: Sequence[LockedOrder]) -> None:
    """Return what unpaid orders had kept from others; locks in one order, so no deadlocks."""
    release_reserved(unpaid)
    for coupon_id in sorted(order.coupon_id for order in unpaid if order.coupon_id is not None):
        catalog.release_coupon(coupon_id=coupon_id)
