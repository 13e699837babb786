"""Erasing a buyer: her details, and what the channels told us of who paid."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.records.persons import actions as persons
from daoda.trade.orders.models import Order
from daoda.trade.payments.models import Notice, Payment


def erase_buyer(*, person_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Erase a person and the payer in every notice of her orders; False if done before.

    Orders, receipts, ledger and journal stay: they hold ids and amounts, no person.
    """
    with transaction.atomic():
        if not persons.erase(person_id=person_id, actor=actor, now=now):
            return False
        hers = Order.everywhere.filter(person_id=person_id).values("pk")
        numbers = Payment.everywhere.filter(order_id__in=hers).values_list("pk", flat=True)
        Notice.everywhere.filter(out_number__in=[number.hex for number in numbers]).update(
            payer="", masked={}, sealed=b""
        )
    return True
