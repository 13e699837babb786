"""What the rules of risk ask of orders: claims, and the two ways on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daoda.kit import sql
from daoda.trade.orders.actions.moving import SQL, Move, apply, wake_next
from daoda.trade.orders.rules import LockedOrder, state_when_paid


@dataclass(frozen=True)
class Suspect:
    """A locked order that a person has to look at; the buyer reads ``reason``."""

    order: LockedOrder
    reason: str
    data: Mapping[str, Any] = field(default_factory=dict)


def claim_screening(*, since: datetime, limit_rows: int) -> list[LockedOrder]:
    """Lock the oldest paid orders the rules of risk were not asked about yet, from a mark on."""
    params = {"since": since, "limit_rows": limit_rows}
    return [LockedOrder(*row) for row in sql.rows(SQL.claim_screening, params)]


def pass_screening(orders: Sequence[LockedOrder], *, actor: str, now: datetime) -> None:
    """Nothing speaks against the locked orders: they go on, by the date they already have."""
    moves = [_onward(order, now) for order in orders]
    apply(moves, actor=actor, now=now)
    wake_next(moves)


def hold_suspects(suspects: Sequence[Suspect], *, actor: str, now: datetime) -> None:
    """Stop locked orders for a person's review, each with its reason."""
    moves = [
        Move(one.order, "held", "order.held", reason=one.reason, data=one.data) for one in suspects
    ]
    apply(moves, actor=actor, now=now)


def _onward(order: LockedOrder, now: datetime) -> Move:
    state = state_when_paid(order.via, reserved=order.reserved)
    still_good = order.promised_at is not None and order.promised_at > now
    return Move(
        order,
        state,
        "order.screened",
        reason="screened",
        owner=(order.hands or None) if state == "in_hand" else None,
        not_after=order.promised_at if still_good else None,
    )
