"""Reading payments."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from daoda.records.persons.models import PersonDetail
from daoda.trade.orders.models import Order
from daoda.trade.payments import rules
from daoda.trade.payments.models import (
    Asking,
    Channel,
    Notice,
    Payment,
    Receipt,
    Refund,
    RefundEvent,
)
from daoda.trade.payments.rules.refunds import MACHINE


def channels() -> list[Channel]:
    """The channels offered to buyers, best first."""
    return list(Channel.objects.filter(enabled=True).order_by("rank", "id"))


def every_channel() -> list[Channel]:
    """The channels there are, offered or not, those offered first."""
    return list(Channel.objects.order_by("-enabled", "rank", "id"))


def one_channel(channel_id: uuid.UUID) -> Channel | None:
    """A channel of the entered shop."""
    found: Channel | None = Channel.objects.filter(pk=channel_id).first()
    return found


def one_notice(notice_id: uuid.UUID) -> Notice | None:
    """A notice of the entered shop, with its channel."""
    found: Notice | None = Notice.objects.select_related("channel").filter(pk=notice_id).first()
    return found


def one_refund(refund_id: uuid.UUID) -> Refund | None:
    """A refund of the entered shop, with its order and the money it goes back from."""
    rows = Refund.objects.select_related("order", "receipt__channel")
    found: Refund | None = rows.filter(pk=refund_id).first()
    return found


def orders_of_number(typed: str) -> list[uuid.UUID]:
    """The orders behind a number of ours at a channel, or behind a channel's bill.

    For those who may see every order. A bill number is a channel's own: two channels may have
    the same one.
    """
    number = typed.strip()
    found = Receipt.objects.filter(
        channel__in=list(Channel.objects.values_list("pk", flat=True)), trade_no=number
    )
    ids = [*found.filter(payment__isnull=False).values_list("payment__order_id", flat=True)]
    try:
        key = uuid.UUID(hex=number)
    except ValueError:
        return ids
    ids += Payment.objects.filter(pk=key).values_list("order_id", flat=True)
    ids += Refund.objects.filter(pk=key, order__isnull=False).values_list("order_id", flat=True)
    return ids


def payments_of(order_id: uuid.UUID) -> list[Payment]:
    """The attempts to pay an order, newest first."""
    rows = Payment.everywhere.filter(order_id=order_id).select_related("channel")
    return list(rows.order_by("-started_at"))


def askings_of(order_id: uuid.UUID, *, rows_max: int = 3) -> list[Asking]:
    """What the channels were asked about the newest attempts to pay an order, newest first."""
    rows = Asking.everywhere.filter(payment__order_id=order_id).select_related("channel")
    return list(rows.order_by("-payment_id")[:rows_max])


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
    rows = Refund.everywhere.filter(order_id=order_id)
    return list(rows.select_related("receipt__channel", "order").order_by("owed_at"))


def order_of_bill(trade_no: str, payer: str) -> uuid.UUID | None:
    """The order paid under a channel's bill number, for whoever knows who paid it.

    ``payer`` is the whole account as the buyer knows it, compared with what the channel tells of
    it; the same None for an unknown bill and for a wrong payer. Weakness: a channel that tells
    an id the buyer never sees (an openid) proves nobody, the order's password does.
    """
    receipt: Receipt | None = (
        Receipt.objects.filter(trade_no=trade_no).select_related("payment", "notice").first()
    )
    if receipt is None or receipt.payment is None:
        return None
    return receipt.payment.order_id if rules.same_payer(receipt.notice.payer, payer) else None


def by_hand(refund: Refund) -> bool:
    """Whether a person sends this money, and has to know where to."""
    return refund.state in ("owed", "failed") and refund.owner != MACHINE


def payee_given(refund: Refund) -> bool:
    """Whether the buyer has said where the money of this refund is to be sent."""
    if refund.order is None:
        return False
    kind = f"order:{refund.order.pk.hex}:payee"
    return PersonDetail.everywhere.filter(person_id=refund.order.person_id, kind=kind).exists()


def refund_page(
    *, states: Collection[str], people_only: bool, after: uuid.UUID | None, rows_max: int
) -> list[Refund]:
    """Refunds of the entered shop, newest first, from after the one named on."""
    rows = Refund.objects.select_related("receipt__channel", "order").filter(state__in=states)
    if people_only:
        rows = rows.exclude(owner=MACHINE)
    last = Refund.objects.filter(pk=after).first() if after else None
    if last is not None:
        rows = rows.filter(
            Q(owed_at__lt=last.owed_at) | Q(owed_at=last.owed_at, pk__lt=last.pk),
            owed_at__lte=last.owed_at,
        )
    return list(rows.order_by("-owed_at", "-pk")[:rows_max])


def refunds_owed(*, rows_max: int = 200) -> list[Refund]:
    """Money the shop owes back, soonest date first."""
    rows = Refund.objects.exclude(state="confirmed").select_related("receipt__channel", "order")
    return list(rows.order_by("promised_at")[:rows_max])


def events_of(refund_id: uuid.UUID) -> list[RefundEvent]:
    """What was sent, asked, answered and decided about a refund, oldest first."""
    return list(RefundEvent.everywhere.filter(refund_id=refund_id).order_by("fence", "id"))


def left_of(order_id: uuid.UUID) -> tuple[Receipt | None, int]:
    """The receipt that pays an order, and what of it (fen) does not go back yet.

    Of several the one with most left: what was paid twice goes back whole by itself.
    """
    rows = Receipt.everywhere.filter(payment__order_id=order_id)
    best: tuple[Receipt | None, int] = (None, 0)
    for receipt in rows.exclude(verdict__in=rules.SUSPENDED).select_related("returned", "channel"):
        back_fen = receipt.returned.back_fen if hasattr(receipt, "returned") else 0
        if receipt.amount_fen - back_fen > best[1]:
            best = receipt, receipt.amount_fen - back_fen
    return best


def notices_waiting(*, rows_max: int = 200) -> list[Notice]:
    """Notices that wait for a person, soonest date first."""
    rows = Notice.objects.filter(state__in=["unmatched", "suspect"]).select_related("channel")
    return list(rows.order_by("promised_at")[:rows_max])


def vouchable(notice: Notice) -> bool:
    """Whether a person may settle an unmatched notice on her word.

    Signed by the channel, of an amount and a bill, and nothing is booked of that bill: the one
    thing missing is that the money was seen.
    """
    if notice.state != "unmatched" or notice.verdict != "genuine":
        return False
    if not notice.trade_no or not notice.amount_fen or notice.amount_fen < 0:
        return False
    of_bill = Receipt.everywhere.filter(channel_id=notice.channel_id, trade_no=notice.trade_no)
    return not of_bill.exists()


def newest_notices(*, rows_max: int = 100) -> list[Notice]:
    """What the channels told last, whatever became of it."""
    return list(Notice.objects.select_related("channel").order_by("-pk")[:rows_max])


def order_of_notice(notice: Notice) -> Order | None:
    """The order a notice is about, by our number in it."""
    try:
        number = uuid.UUID(hex=notice.out_number)
    except ValueError:
        return None
    found: Payment | None = Payment.objects.select_related("order").filter(pk=number).first()
    return found.order if found else None


def owed_fen() -> tuple[int, int]:
    """How many refunds are owed, and how much in all (fen)."""
    found = Refund.objects.exclude(state="confirmed").aggregate(
        refunds=Count("id"), fen=Coalesce(Sum("amount_fen"), 0)
    )
    return found["refunds"], found["fen"]
