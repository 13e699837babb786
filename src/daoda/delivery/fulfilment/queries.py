"""Reading what was delivered, and what was done to buy it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, Sum

from daoda.delivery.fulfilment.actions import handover_kind
from daoda.delivery.fulfilment.models import Attempt, AttemptEvent, DeliveredCode, Delivery
from daoda.delivery.fulfilment.states import ATTEMPT
from daoda.records.persons import queries as persons
from daoda.trade.orders.models import Order


@dataclass(frozen=True)
class Claims:
    """What one supplier owes for purchases cut off; ``oldest`` is when the first was sent."""

    supplier_id: uuid.UUID
    supplier: str
    borne_by: str
    currency: str
    fen: int
    attempts: int
    oldest: datetime


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


def attempts_of(order_id: uuid.UUID) -> list[Attempt]:
    """The attempts to buy an order's goods, oldest first."""
    rows = Attempt.everywhere.filter(order_id=order_id).select_related("supplier")
    return list(rows.order_by("id"))


def events_of(attempt_ids: Sequence[uuid.UUID]) -> list[AttemptEvent]:
    """What happened to attempts, oldest first."""
    return list(AttemptEvent.everywhere.filter(attempt_id__in=attempt_ids).order_by("id"))


def for_persons(*, rows_max: int = 200) -> list[Attempt]:
    """Open attempts of the entered shop that need a person, soonest date first.

    What is cut off and claimed back, what contradicts itself or waits past its date.
    """
    rows = Attempt.objects.filter(state__in=ATTEMPT.open_states).filter(
        Q(owner__startswith="department:") | Q(owner__startswith="staff:")
    )
    return list(rows.select_related("supplier", "order").order_by("promised_at")[:rows_max])


def claims() -> list[Claims]:
    """What suppliers owe the entered shop for purchases cut off, with the age of the oldest."""
    rows = (
        Attempt.objects.filter(state="cut_off")
        .values("supplier_id", "supplier__name", "borne_by", "currency")
        .annotate(fen=Sum("cost_fen"), attempts=Count("id"), oldest=Min("sent_at"))
        .order_by("oldest")
    )
    return [
        Claims(
            row["supplier_id"], row["supplier__name"], row["borne_by"], row["currency"],
            row["fen"], row["attempts"], row["oldest"],
        )
        for row in rows
    ]  # fmt: skip
