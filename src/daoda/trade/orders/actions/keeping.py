"""Keeping an order in a buyer's account."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.records.journal import actions as journal
from daoda.trade.orders.models import Order


def keep_for(*, order_id: uuid.UUID, buyer_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Put an order into a buyer's account; False when it is in another account.

    The caller has seen that she may open the order. Safe to repeat. Weakness: whoever holds the
    order's link may keep it, and who comes first keeps it; it still opens to everyone else who
    has its link or its password. Raises Order.DoesNotExist.
    """
    with transaction.atomic():
        kept = Order.everywhere.filter(pk=order_id, buyer_id=None).update(buyer_id=buyer_id)
        order: Order = Order.everywhere.get(pk=order_id)
        if kept:
            journal.write(
                kind="order.kept", subject="order", subject_id=order_id,
                shop_id=order.shop_id, actor=actor, at=now, data={"buyer": buyer_id.hex},
            )  # fmt: skip
    return bool(order.buyer_id == buyer_id)
