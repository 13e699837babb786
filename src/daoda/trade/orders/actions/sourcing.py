"""What buying from suppliers asks of orders: claims, the open purchase, and other ways out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from daoda.kit import sql
from daoda.trade.orders.actions.moving import SQL, LostMove, Move, apply, wake_next
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.orders.states import STANDING


def claim_sourcing(*, since: datetime, limit_rows: int) -> list[LockedOrder]:
    """Lock the oldest orders for which something has to be bought, from ``since`` on."""
    params = {"since": since, "limit_rows": limit_rows}
    return [LockedOrder(*row) for row in sql.rows(SQL.claim_sourcing, params)]


def attach_attempts(attempts: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Note the purchase that is open for each locked order in state ``sourcing``.

    Raises LostMove when one is elsewhere or has another purchase open: nothing is bought twice.
    """
    if sql.count(SQL.attach_attempts, _columns(attempts)) != len(attempts):
        raise LostMove([order_id.hex for order_id in attempts][:5])


def detach_attempts(attempts: Mapping[uuid.UUID, uuid.UUID]) -> int:
    """No purchase is open any more for these locked orders; returns for how many it was."""
    return sql.count(SQL.detach_attempts, _columns(attempts)) if attempts else 0


def to_hands(orders: Sequence[LockedOrder], *, reason: str, actor: str, now: datetime) -> None:
    """No supplier can be asked (any more): a person has the locked orders now, by a date."""
    owner = "department:supplier"
    moves = [
        Move(order, "in_hand", "order.in_hand", reason=reason, owner=owner) for order in orders
    ]
    apply(moves, actor=actor, now=now)


def to_sourcing(orders: Sequence[LockedOrder], *, reason: str, actor: str, now: datetime) -> None:
    """The locked orders, which hold nothing of our shelf, are to be bought from a supplier."""
    owner = STANDING["sourcing"].owner
    moves = [
        Move(order, "sourcing", "order.sourcing", reason=reason, owner=owner) for order in orders
    ]
    apply(moves, actor=actor, now=now)
    wake_next(moves)


def to_stock(orders: Sequence[LockedOrder], *, reason: str, actor: str, now: datetime) -> None:
    """The shelf has reserved goods for the locked orders: they are delivered from there."""
    moves = [
        Move(order, "paid", "order.restocked", reason=reason, reserved=True) for order in orders
    ]
    apply(moves, actor=actor, now=now)
    wake_next(moves)


def _columns(attempts: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, list[uuid.UUID]]:
    return {"ids": list(attempts), "attempt_ids": list(attempts.values())}
