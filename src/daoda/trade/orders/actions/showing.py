"""Showing what a buyer entrusted to us."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.records.journal import actions as journal
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order


def show_answers(*, order_id: uuid.UUID, actor: str, now: datetime) -> dict[str, str]:
    """The typed fields of an order with their secrets; that somebody saw them is a fact.

    Empty when there are none, or the person was erased. Raises Order.DoesNotExist.
    """
    with transaction.atomic():
        order: Order = Order.everywhere.get(pk=order_id)
        found = queries.answers(order)
        if found:
            journal.write(
                kind="order.answers_shown", subject="order", subject_id=order_id,
                shop_id=order.shop_id, actor=actor, at=now,
            )  # fmt: skip
    return found
