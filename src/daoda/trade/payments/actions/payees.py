"""Where money goes that cannot go back by itself: told by the buyer, shown to finance only."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.records.journal import actions as journal
from daoda.records.persons import actions as persons
from daoda.records.persons import queries as known
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries
from daoda.trade.payments.models import Refund

PAYEE_CHARS_MAX = 200


def payee_kind(order_id: uuid.UUID) -> str:
    """Under what the payee of an order's refunds is kept among her details."""
    return f"order:{order_id.hex}:payee"


def give_payee(*, order: Order, text: str, actor: str, now: datetime) -> bool:
    """The buyer says where her money is to be sent; kept under her key, the last word counts.

    False when no refund of the order waits for a person. Raises persons.Erased; ValueError for
    an empty text or one longer than PAYEE_CHARS_MAX.
    """
    said = " ".join(text.split())
    if not said or len(said) > PAYEE_CHARS_MAX or not said.isprintable():
        raise ValueError("where to is said in one line")
    with transaction.atomic():
        waiting = [one for one in queries.refunds_of(order.pk) if queries.by_hand(one)]
        if not waiting:
            return False
        persons.put(person=order.person, kind=payee_kind(order.pk), text=said)
        journal.write(
            kind="payment.payee_given", subject="order", subject_id=order.pk,
            shop_id=order.shop_id, actor=actor, at=now,
        )  # fmt: skip
    return True


def show_payee(*, refund_id: uuid.UUID, actor: str, now: datetime) -> str | None:
    """Where the buyer wants this money sent; that it was shown is a fact. None if she has not
    said, or is erased."""
    with transaction.atomic():
        refund = Refund.everywhere.select_related("order").filter(pk=refund_id).first()
        if refund is None or refund.order is None:
            return None
        text = known.get(refund.order.person_id, payee_kind(refund.order.pk))
        if text is None:
            return None
        journal.write(
            kind="payment.payee_shown", subject="order", subject_id=refund.order.pk,
            shop_id=refund.shop_id, actor=actor, at=now, data={"refund": refund.pk.hex},
        )  # fmt: skip
    return text
