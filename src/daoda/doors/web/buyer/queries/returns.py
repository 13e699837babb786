"""Money that goes back for an order: where it stands, in words, and when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web import moments
from daoda.doors.web.buyer.queries import facts
from daoda.doors.web.pieces import Return
from daoda.trade.orders import rules
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Refund
from daoda.trade.payments.rules.refunds import MACHINE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# When what a channel has sent back is in the payer's hands, by adapter.
ARRIVES: Mapping[str, StrOrPromise] = {
    "alipay": gettext_lazy(
        "Paid from Alipay's balance it is there at once, from a bank card within 3 working days."
    ),
    "wechatpay": gettext_lazy(
        "Paid from WeChat's change it is there at once, from a bank card within 3 working days."
    ),
    "stripe": gettext_lazy("It is on your card's statement within 5 to 10 working days."),
    "epay": gettext_lazy(
        "Paid from a wallet's balance it is there at once, from a bank card within 3 working days."
    ),
}


def returns(order: Order, *, now: datetime) -> tuple[Return, ...]:
    """What goes or went back, oldest first."""
    return tuple(_return(refund, now) for refund in payments.refunds_of(order.pk))


def asks_payee(order: Order) -> bool:
    """Whether a person sends her money, and is helped by knowing where to."""
    return any(payments.by_hand(refund) for refund in payments.refunds_of(order.pk))


def payee_known(order: Order) -> bool:
    """Whether she has said so already."""
    return any(payments.payee_given(refund) for refund in payments.refunds_of(order.pk)[:1])


def _return(refund: Refund, now: datetime) -> Return:
    return Return(
        fen=refund.amount_fen,
        currency=refund.currency,
        why=facts.reason(refund.reason),
        stands=_stands(refund, now),
        due_at=rules.shown(refund.promised_at) if refund.promised_at else None,
        done_at=refund.closed_at,
    )


def _stands(refund: Refund, now: datetime) -> str:
    """Where it is and what happens next, in a sentence or two."""
    channel = refund.receipt.channel
    names = {"channel": channel.title, "time": _time(refund.sent_at, now)}
    arrives = str(ARRIVES.get(channel.adapter, ""))
    if refund.state == "confirmed":
        return arrives if refund.sent_at else _("It was sent by hand.")
    if refund.state == "failed":
        return _("%(channel)s could not send it; the finance department takes care of it.") % names
    if refund.state == "owed":
        if refund.owner == MACHINE:
            return _("It is being sent the way you paid, by %(channel)s.") % names
        says = _("%(channel)s cannot send money back by itself; finance does it by hand.")
        return says % names
    if refund.said == "processing":
        says = _("Sent %(time)s; %(channel)s is working on it.") % names
        return f"{says} {arrives}".strip()
    says = _(
        "Sent %(time)s; %(channel)s has not confirmed it yet. We keep asking. "
        "It is not lost, and is not sent twice."
    )
    return says % names


def _time(at: datetime | None, now: datetime) -> str:
    return moments.short(at, now=now) if at else ""
