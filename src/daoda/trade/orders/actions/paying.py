"""What settlement asks of orders: money has come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daoda.trade.orders.actions.moving import Move, apply
from daoda.trade.orders.rules import LockedOrder, state_when_paid
from daoda.trade.stock import actions as stock


@dataclass(frozen=True)
class PaidOrder:
    """An order whose whole price has arrived."""

    order: LockedOrder
    payment_id: uuid.UUID


def mark_paid(paid: Sequence[PaidOrder], *, actor: str, now: datetime) -> None:
    """Money for orders in a payable state has arrived; late money is welcome too.

    An order that had lapsed takes its goods from the shelf again if there are any, and is short
    otherwise: it keeps waiting, dated, with a person.
    """
    moves = []
    for item in paid:
        order = item.order
        late = order.state != "awaiting_payment"
        reserved = order.reserved or (
            order.via == "stock"
            and stock.reserve(variant_id=order.variant_id, quantity=order.quantity)
        )
        moves.append(
            Move(
                order,
                state_when_paid(order.via, reserved=reserved),
                "order.paid",
                fulfilled=True,
                reserved=reserved,
                owner=order.hands or None,
                paid_at=now,
                data={"payment": item.payment_id.hex, **({"late": True} if late else {})},
            )
        )
    apply(moves, actor=actor, now=now)
