"""What settlement asks of orders: money has come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daoda.records.shops import queries as shops
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.actions.moving import Move, apply, wake_next
from daoda.trade.orders.rules import LockedOrder, state_when_paid
from daoda.trade.orders.states import STANDING
from daoda.trade.stock import actions as stock


@dataclass(frozen=True)
class PaidOrder:
    """An order whose whole price has arrived; the date shown before, if it was paid in time."""

    order: LockedOrder
    payment_id: uuid.UUID
    shown_due_at: datetime | None


def mark_paid(paid: Sequence[PaidOrder], *, actor: str, now: datetime) -> None:
    """Money for orders in a payable state has arrived; late money is welcome too.

    An order that had lapsed takes its goods from the shelf again if there are any, and is short
    otherwise: it keeps waiting, dated, with a person. Where a shop has rules of risk, they are
    asked first; that moves no date.
    """
    reserved_again = _reserve_again([item.order for item in paid])
    _redeem_again([item.order for item in paid])
    screens = shops.that_screen({item.order.shop_id for item in paid})
    moves = [_move(item, reserved_again, screens, now) for item in paid]
    apply(moves, actor=actor, now=now)
    wake_next(moves)


def _reserve_again(orders: Sequence[LockedOrder]) -> set[uuid.UUID]:
    lapsed = [order for order in orders if order.via == "stock" and not order.reserved]
    if not lapsed:
        return set()
    return stock.reserve_many(
        needs=[stock.Need(order.id, order.variant_id, order.quantity) for order in lapsed]
    )


def _redeem_again(orders: Sequence[LockedOrder]) -> None:
    """What had lapsed had given its coupon back; in one order, so that nobody deadlocks."""
    lapsed = [order for order in orders if order.state != "awaiting_payment"]
    for coupon_id in sorted(order.coupon_id for order in lapsed if order.coupon_id is not None):
        catalog.redeem_coupon_late(coupon_id=coupon_id)


def _move(
    item: PaidOrder, reserved_again: set[uuid.UUID], screens: set[uuid.UUID], now: datetime
) -> Move:
    order = item.order
    late = order.state != "awaiting_payment"
    reserved = order.reserved or order.id in reserved_again
    onward = state_when_paid(order.via, reserved=reserved)
    screened = order.shop_id in screens
    return Move(
        order,
        "screening" if screened else onward,
        "order.paid",
        fulfilled=True,
        reserved=reserved,
        owner=None if screened else order.hands or None,
        clock=STANDING[onward].clock,
        paid_at=now,
        # Who paid in time is promised no later date than she was shown, whatever rule came since.
        not_after=None if late else item.shown_due_at,
        data={"payment": item.payment_id.hex, **({"late": True} if late else {})},
    )
