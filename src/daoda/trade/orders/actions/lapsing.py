"""What happens by itself when a date passes, and what a buyer may call off."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.kit import sql, wake
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.actions.moving import SQL, Move, apply, lock
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.stock import actions as stock

SWEEP_ROWS = 500


def cancel(*, order_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Call off an unpaid order; False when it is no longer unpaid (or not there)."""
    with transaction.atomic():
        order = lock([order_id]).get(order_id)
        if order is None or order.state != "awaiting_payment":
            return False
        _give_up(order)
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
        moves = [_consequence(LockedOrder(*row)) for row in found]
        apply(moves, actor="machine:orders", now=now)
        if moves:
            wake.wake("live")
    return len(moves)


def _consequence(order: LockedOrder) -> Move:
    if order.state == "awaiting_payment":
        _give_up(order)
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


def _give_up(order: LockedOrder) -> None:
    """Return what an unpaid order had kept from others."""
    if order.reserved:
        stock.release(variant_id=order.variant_id, quantity=order.quantity)
    if order.coupon_id is not None:
        catalog.release_coupon(coupon_id=order.coupon_id)
