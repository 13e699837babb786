"""What fulfilment asks of orders: claims and outcomes, in sets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from daoda.kit import sql
from daoda.trade.orders.actions.moving import SQL, Move, apply, release_reserved
from daoda.trade.orders.rules import LockedOrder

# How many orders that would be next may be in other hands without anyone waiting for them.
ELSEWHERE_ROWS = 8


def claim_paid(*, since: datetime, limit_rows: int) -> list[LockedOrder]:
    """Lock the oldest paid orders nobody else works on, from ``since`` on."""
    params = {"since": since, "limit_rows": limit_rows}
    return [LockedOrder(*row) for row in sql.rows(SQL.claim_paid, params)]


def claim_short(*, variant_id: uuid.UUID, free: int, limit_rows: int) -> list[LockedOrder]:
    """Lock orders that wait for a variant, the longest waiting first, but for those too large.

    ``free`` is how much there may be to give: what does not fit into it is not looked at, so that
    no number of large orders hides the small ones behind them.
    """
    params = {
        "variant_id": variant_id, "free": free, "limit_rows": limit_rows,
        "spare_rows": ELSEWHERE_ROWS,
    }  # fmt: skip
    # Asked for by the statement, the state would have it read the whole index of those who wait;
    # one that moved while its lock was awaited is told by the row.
    locked = [LockedOrder(*row) for row in sql.rows(SQL.claim_short, params)]
    return [order for order in locked if order.state == "short"]


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
