"""Journal facts and promises as sentences for the buyer.

Only what is named here is shown: a fact nobody wrote a sentence for stays with the shop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from daoda.doors.web import amounts, moments, owners
from daoda.doors.web.buyer.queries import attempts
from daoda.doors.web.pieces import Evidence
from daoda.records.journal.models import Fact
from daoda.records.promises.queries import PastPromise
from daoda.trade.orders import rules

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REASONS = {
    "out_of_stock": gettext_lazy("the stock was short"),
    "stock_arrived": gettext_lazy("new stock arrived"),
    "not_paid": gettext_lazy("it was not paid in time"),
    "cancelled": gettext_lazy("it was cancelled"),
    "late": gettext_lazy("the date passed"),
    "overpaid": gettext_lazy("more was paid than asked"),
    "underpaid": gettext_lazy("less was paid than asked"),
    "paid_twice": gettext_lazy("it was paid twice"),
    "undeliverable": gettext_lazy("it cannot be delivered"),
    "delivery_failed": gettext_lazy("delivery failed; the technical department looks at it"),
    "payment_check": gettext_lazy("a check of the payment"),
    "account_check": gettext_lazy("a check of the account to top up"),
    "supplier_check": gettext_lazy("a question to the supplier"),
    "checked_fine": gettext_lazy("everything is in order"),
    "buyer_confirmed": gettext_lazy("the buyer has confirmed"),
    "buyer_asked": gettext_lazy("the buyer asked for it"),
    "goodwill": gettext_lazy("as a goodwill"),
    "dead_goods": gettext_lazy("what was delivered did not work"),
    "ended_early": gettext_lazy("it ended before its last day"),
    "wrong_account": gettext_lazy("the account does not exist"),
    "peak": gettext_lazy("a peak hour"),
    "peak_hours": gettext_lazy("peak hours"),
    "maintenance": gettext_lazy("maintenance at the supplier"),
    "supplier_maintenance": gettext_lazy("maintenance at the supplier"),
    "weekend": gettext_lazy("the weekend"),
    "night": gettext_lazy("the night"),
    "holiday": gettext_lazy("a holiday"),
    **attempts.REASONS,
}

Sentence = Callable[[Mapping[str, Any], str], str]


def reason(code: str) -> str:
    """A reason in words. What a person typed as a reason is shown as she typed it."""
    return str(REASONS.get(code, code))


def evidence(
    facts: Iterable[Fact],
    promises: Iterable[PastPromise],
    *,
    amount: str,
    now: datetime,
    staff: Mapping[str, str],
) -> tuple[Evidence, ...]:
    """Facts and promises of one order as they happened, oldest first."""
    said = [
        Evidence(at=fact.at, says=words, source=source(fact.actor, staff=staff))
        for fact in facts
        if (words := _sentence(fact, amount))
    ]
    given = [_given(promise, now=now, staff=staff) for promise in promises]
    # Facts before promises of the same moment: what happened, then what was promised for it.
    return tuple(sorted([*said, *given], key=lambda one: one.at))


def _given(promise: PastPromise, *, now: datetime, staff: Mapping[str, str]) -> Evidence:
    when = moments.day_and_time(rules.shown(promise.due_at), now=now)
    if promise.node == "payment":
        says, by = _("Kept for you until %(when)s, to be paid"), "machine:orders"
    else:
        says, by = _("Promised: %(node)s by %(when)s"), promise.owner
    words = says % {"when": when, "node": node(promise.node)}
    return Evidence(at=promise.made_at, says=words, source=owners.words(by, staff=staff))


def node(name: str) -> str:
    """A node in the buyer's words."""
    names = {
        "payment": _("payment"),
        "stocking": _("arrival"),
        "supplying": _("arrival"),
        "delivery": _("arrival"),
        "handling": _("arrival"),
        "review": _("review"),
        "refund": _("refund"),
    }
    return names.get(name, name)


def source(actor: str, *, staff: Mapping[str, str]) -> str:
    """Who stands behind a fact, in words."""
    kind, _sep, name = actor.partition(":")
    if kind == "channel":
        return _("Notice of the payment channel, signature checked")
    if kind == "api":
        return _("A program with the shop's key")
    return owners.words(f"{kind}:{name}" if name else kind, staff=staff)


def why(basis: Mapping[str, Any], *, node_name: str) -> str:
    """Why a date is that date: the rule, and what slowed the clock."""
    seconds = basis.get("seconds")
    if not isinstance(seconds, int):
        return ""
    length = moments.span(timedelta(seconds=seconds))
    if node_name == "payment":
        text = _("What you chose is kept for you for %(length)s.") % {"length": length}
    else:
        text = _("The shop's rule for this step: within %(length)s.") % {"length": length}
    slower = slowed_by([str(code) for code in basis.get("reasons") or ()])
    return f"{text} {slower}".strip()


def slowed_by(codes: Sequence[str]) -> str:
    """What makes a date later than usual, in a sentence; empty when nothing does."""
    if not codes:
        return ""
    listed = pgettext("between the things of a list", ", ").join(reason(code) for code in codes)
    return _("It takes longer because of: %(reasons)s.") % {"reasons": listed}


def newest(facts: Sequence[Fact], kind: str) -> Fact | None:
    """The last fact of a kind."""
    return next((fact for fact in reversed(facts) if fact.kind == kind), None)


def _sentence(fact: Fact, amount: str) -> str:
    write = _SENTENCES.get(fact.kind)
    return write(fact.data, amount) if write else ""


def _paid(data: Mapping[str, Any], amount: str) -> str:
    if data.get("late"):
        return _("%(amount)s arrived, after the time to pay had passed") % {"amount": amount}
    return _("%(amount)s arrived") % {"amount": amount}


def _part(data: Mapping[str, Any], words: str) -> str:
    return words % {
        "amount": amounts.text(int(data.get("amount_fen", 0))),
        "reason": reason(str(data.get("reason", ""))),
    }


def _because(words: StrOrPromise) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        text = str(words)
        code = data.get("reason")
        if not code:
            return text
        return _("%(happened)s: %(reason)s") % {"happened": text, "reason": reason(str(code))}

    return write


def _plain(words: StrOrPromise) -> Sentence:
    return lambda _data, _amount: str(words)


_SENTENCES: dict[str, Sentence] = {
    "order.placed": lambda _data, amount: _("Order placed, %(amount)s to pay") % {"amount": amount},
    "order.paid": _paid,
    "order.short": _plain(gettext_lazy("The stock was short; operations is restocking")),
    "order.restocked": _plain(gettext_lazy("New stock arrived and is kept for this order")),
    "order.screened": _plain(gettext_lazy("Checked, it goes on")),
    "order.sourcing": _plain(gettext_lazy("To be got from a supplier")),
    "order.in_hand": _plain(gettext_lazy("Given to a person to be done by hand")),
    "order.held": _because(gettext_lazy("Held for a review")),
    "order.released": _because(gettext_lazy("The review is done, it goes on")),
    "order.delivered": _plain(gettext_lazy("Delivered")),
    "order.expired": _plain(gettext_lazy("Not paid in time: closed, nothing charged")),
    "order.cancelled": _plain(gettext_lazy("Cancelled before payment, nothing charged")),
    "order.refund_owed": _because(gettext_lazy("The money goes back")),
    "order.refunded": lambda _data, amount: (
        _("%(amount)s refunded the way it was paid") % {"amount": amount}
    ),
    "order.promise_broken": _plain(gettext_lazy("The date was not kept; a new one was given")),
    "order.kept": _plain(gettext_lazy("Kept in an account, under “My orders”")),
    "payment.started": _plain(gettext_lazy("A payment was begun")),
    "payment.found": _plain(gettext_lazy("The channel had not told us; we asked and it was there")),
    "payment.refund_owed": lambda data, _amount: _part(data, _("%(amount)s goes back: %(reason)s")),
    "compensation.chosen": lambda data, _amount: (
        _("You asked for your money back")
        if data.get("choice") == "refund"
        else _("You chose to keep waiting")
    ),
    "goodwill.granted": lambda data, _amount: _part(
        data, _("A coupon of %(amount)s was given for the delay")
    ),
    "payment.refund_sent": lambda data, _amount: _part(
        data, _("%(amount)s was sent on its way back: %(reason)s")
    ),
    "payment.refund_handed": _plain(gettext_lazy("A person of the shop sends the money back")),
    "payment.refund_failed": _plain(
        gettext_lazy("The payment channel could not send it back; a person takes care of it")
    ),
    "payment.refund_retried": _plain(gettext_lazy("The money was sent on its way once more")),
    "payment.payee_given": _plain(gettext_lazy("You said where the money is to be sent")),
    "payment.payee_shown": _plain(
        gettext_lazy("The finance department read where the money is to be sent")
    ),
    "payment.refunded": lambda data, _amount: _part(data, _("%(amount)s went back: %(reason)s")),
    "code.revealed": _plain(gettext_lazy("A code was shown")),
    **attempts.SENTENCES,
}
