"""What a person decides about an order, and how money goes back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.trade.orders.actions.moving import (
    Move,
    apply,
    lock,
    mended,
    release_reserved,
    wake_next,
)
from daoda.trade.orders.rules import LockedOrder, state_when_paid
from daoda.trade.orders.states import HOLDABLE


def hold(
    *, order_id: uuid.UUID, reason: str, actor: str, now: datetime, owner: str | None = None
) -> bool:
    """Stop a paid order for a person's review; False when it cannot be held any more."""
    with transaction.atomic():
        order = lock([order_id]).get(order_id)
        if order is None or order.state not in HOLDABLE:
            return False
        move = Move(mended(order), "held", "order.held", reason=reason, owner=owner)
        apply([move], actor=actor, now=now)
    return True


def release(*, order_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """Let a held order go on; False when it is not held."""
    with transaction.atomic():
        order = lock([order_id]).get(order_id)
        if order is None or order.state != "held":
            return False
        state = state_when_paid(order.via, reserved=order.reserved)
        owner = order.hands or None if state == "in_hand" else None
        move = Move(order, state, "order.released", reason=reason, owner=owner)
        apply([move], actor=actor, now=now)
        wake_next([move])
    return True


class AttemptOpen(ValueError):
    """A purchase for the order is open: whether goods come is not known yet."""


def owe_refund(order: LockedOrder, *, reason: str, actor: str, now: datetime) -> None:
    """The money of a locked order goes back. ValueError when it is past that.

    AttemptOpen while a supplier may still deliver: nothing is refunded on a guess.
    """
    if order.attempt_id is not None:
        raise AttemptOpen(order.id.hex)
    release_reserved([order])
    move = Move(order, "refund_owed", "order.refund_owed", reason=reason, reserved=False)
    apply([move], actor=actor, now=now)


def mark_refunded(order: LockedOrder, *, actor: str, now: datetime) -> None:
    """The money of a locked order has gone back."""
    apply([Move(order, "refunded", "order.refunded", fulfilled=True)], actor=actor, now=now)
