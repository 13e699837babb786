"""What the channels were asked about the payments of an order, when, and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from daoda.doors.web import moments
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Asking

UNPAID = frozenset({"awaiting_payment", "expired", "cancelled"})
# So long after the buyer said that she paid, her page looks for the answer by itself.
WATCHED = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Questions:
    """``says``: a sentence for each attempt, newest first. ``claimable``: she may say that she

    paid. ``watched``: an answer is about to come.
    """

    says: tuple[str, ...] = ()
    claimable: bool = False
    watched: bool = False


def questions(order: Order, *, now: datetime) -> Questions:
    """Nothing for an order whose payment is here."""
    if order.state not in UNPAID:
        return Questions()
    rows = payments.askings_of(order.pk)
    waiting = [row for row in rows if row.state == "asking"]
    told = [row for row in rows if row.asked_at or row.signed_at or row.state == "closed"]
    return Questions(
        says=tuple(_words(row, now) for row in told),
        claimable=bool(waiting),
        watched=any(row.signed_at and now - row.signed_at < WATCHED for row in waiting),
    )


def _words(row: Asking, now: datetime) -> str:
    said = _said(row, now)
    if row.state != "asking" or row.promised_at is None:
        return said
    if row.promised_at <= now:
        return _("%(said)s It is being asked now.") % {"said": said}
    when = moments.short(row.promised_at, now=now, seconds=True)
    return _("%(said)s Next question: %(when)s.") % {"said": said, "when": when}


def _said(row: Asking, now: datetime) -> str:
    if row.asked_at is None:
        return _("%(channel)s has told us of no payment yet.") % {"channel": row.channel.title}
    asked = {
        "channel": row.channel.title,
        "time": moments.short(row.asked_at, now=now, seconds=True),
    }
    if row.state == "closed" or row.said == "closed":
        return _("%(time)s %(channel)s closed this payment: nothing can be paid by it.") % asked
    if row.said in {"paid", "refunded"}:
        return _("%(time)s %(channel)s said that money came; it is being booked.") % asked
    if row.said == "silent":
        return _("%(time)s we asked %(channel)s, and it gave no clear answer.") % asked
    return _("%(time)s we asked %(channel)s: nothing has been paid yet.") % asked
