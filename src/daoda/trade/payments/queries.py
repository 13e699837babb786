"""Reading payments."""

from __future__ import annotations

import uuid

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from daoda.trade.payments.models import Channel, Notice, Payment, Receipt, Refund


def channels() -> list[Channel]:
    """The channels offered to buyers, best first."""
    return list(Channel.objects.filter(enabled=True).order_by("rank", "id"))


def payments_of(order_id: uuid.UUID) -> list[Payment]:
    """The attempts to pay an order, newest first."""
    rows = Payment.everywhere.filter(order_id=order_id).select_related("channel")
    return list(rows.order_by("-started_at"))


def receipts_of(order_id: uuid.UUID) -> list[Receipt]:
    """The money that came for an order, oldest first."""
    rows = Receipt.everywhere.filter(payment__order_id=order_id).select_related("channel")
    return list(rows.order_by("at"))


def notices_of(order_id: uuid.UUID) -> list[Notice]:
    """What the channels told us about an order, oldest first."""
    numbers = Payment.everywhere.filter(order_id=order_id).values_list("pk", flat=True)
    rows = Notice.everywhere.filter(out_number__in=[number.hex for number in numbers])
    return list(rows.select_related("channel").order_by("received_at"))


def refunds_of(order_id: uuid.UUID) -> list[Refund]:
    """What goes or went back for an order, oldest first."""
    return list(Refund.everywhere.filter(order_id=order_id).order_by("owed_at"))


def order_of_bill(trade_no: str, payer: str) -> uuid.UUID | None:
    """The order paid under a channel's bill number, for whoever knows who paid it.

    ``payer`` is compared with what the channel tells of the payer (an account, mostly masked by
    the channel itself); the same None for an unknown bill and for a wrong payer.
    """
    receipt: Receipt | None = (
        Receipt.objects.filter(trade_no=trade_no).select_related("payment").first()
    )
    if receipt is None or receipt.payment is None or not receipt.payer:
        return None
    said = payer.strip().casefold()
    ends_alike = len(said) >= 4 and receipt.payer.casefold().endswith(said)
    return receipt.payment.order_id if ends_alike else None


def refunds_owed(*, rows_max: int = 200) -> list[Refund]:
    """Money the shop owes back, soonest date first."""
    rows = Refund.objects.filter(state="owed").select_related("receipt__channel", "order")
    return list(rows.order_by("promised_at")[:rows_max])


def notices_waiting(*, rows_max: int = 200) -> list[Notice]:
    """Notices that wait for a person, soonest date first."""
    rows = Notice.objects.filter(state__in=["unmatched", "suspect"]).select_related("channel")
    return list(rows.order_by("promised_at")[:rows_max])


def owed_fen() -> tuple[int, int]:
    """How many refunds are owed, and how much in all (fen)."""
    found = Refund.objects.filter(state="owed").aggregate(
        refunds=Count("id"), fen=Coalesce(Sum("amount_fen"), 0)
    )
    return found["refunds"], found["fen"]
