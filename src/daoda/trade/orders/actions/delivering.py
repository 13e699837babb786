"""What fulfilment asks of orders: claims and outcomes, in sets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from daoda.kit import sql
from daoda.trade.orders.actions.moving import SQL, Move, apply, release_reserved
from daoda.trade.orders.rules import LockedOrder


def claim_paid(*, since: datetime, limit_rows: int) -> list[LockedOrder]:
    """Lock the oldest paid orders nobody else works on, from ``since`` on."""
    params = {"since": since, "limit_rows": limit_rows}
    return [LockedOrder(*row) for row in sql.rows(SQL.claim_paid, params)]


def claim_short(*, variant_id: uuid.UUID, limit_rows: int) -> list[LockedOrder]:
    """Lock orders waiting for a variant, the longest waiting first."""
    params = {"variant_id": variant_id, "limit_rows": limit_rows}
    return [LockedOrder(*row) for row in sql.rows(SQL.claim_short, params)]


def variants_short() -> list[uuid.UUID]:
    """The variants somebody waits for."""
    return [row[0] for row in sql.rows(SQL.variants_short)]


def mark_delivered(orders: Sequence[LockedOrder], *, actor: str, now: datetime) -> None:
    """The goods are in the buyer's hands; the reservation is used up."""
    moves = [
        Move(order, "delivered", "order.delivered", fulfilled=True, reserved=False)
        for order in orders
    ]
    apply(moves, actor=actor, now=now)


def mark_short(orders: Sequence[LockedOrder], *, actor: str, now: datetime) -> None:
    """The shelf did not hold what was reserved: a person in operations has it now, by a date."""
    release_reserved(orders)
    moves = [
        Move(order, "short", "order.short", reason="out_of_stock", reserved=False)
        for order in orders
    ]
    apply(moves, actor=actor, now=now)


def mark_restocked(orders: Sequence[LockedOrder], *, actor: str, now: datetime) -> None:
    """Stock has arrived and been reserved for these: they are up for delivery again."""
    moves = [
        Move(order, "paid", "order.restocked", reason="stock_arrived", reserved=True)
        for order in orders
    ]
    apply(moves, actor=actor, now=now)
