"""Reading what was delivered."""

from __future__ import annotations

import uuid

from daoda.delivery.fulfilment.actions import handover_kind
from daoda.delivery.fulfilment.models import DeliveredCode, Delivery
from daoda.records.persons import queries as persons
from daoda.trade.orders.models import Order


def delivery_of(order_id: uuid.UUID) -> Delivery | None:
    """The delivery of an order, if there is one."""
    found: Delivery | None = Delivery.everywhere.filter(pk=order_id).first()
    return found


def codes_of(order_id: uuid.UUID) -> list[uuid.UUID]:
    """The codes an order got, in their order; their text is `stock`'s to reveal."""
    rows = DeliveredCode.everywhere.filter(order_id=order_id).order_by("position")
    return list(rows.values_list("code_id", flat=True))


def handover_of(order: Order) -> str | None:
    """What a person handed over for an order; None when nothing was, or the buyer was erased."""
    return persons.get(order.person_id, handover_kind(order.pk))
