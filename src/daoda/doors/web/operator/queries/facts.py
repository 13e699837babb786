"""Journal facts as sentences for staff: what happened, why, and who did it.

A fact nobody wrote a sentence for is shown by its kind: staff see everything that was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web import amounts
from daoda.doors.web.operator.queries import supplier_facts, words
from daoda.records.journal.models import Fact

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Sentence = Callable[[Mapping[str, Any], str], str]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A fact in words, who did it, and the fact as it is recorded."""

    at: datetime
    says: str
    who: str
    kind: str
    raw: str


def told(facts: Iterable[Fact], *, amount: str, staff: Mapping[str, str]) -> tuple[Told, ...]:
    """Facts in the order given. ``amount``: the order's, for sentences that name it."""
    return tuple(
        Told(
            at=fact.at,
            says=says(fact.kind, fact.data, amount),
            who=words.actor(fact.actor, staff=staff),
            kind=fact.kind,
            raw=json.dumps(fact.data, ensure_ascii=False, sort_keys=True) if fact.data else "",
        )
        for fact in facts
    )


def says(kind: str, data: Mapping[str, Any], amount: str) -> str:
    """One fact in words."""
    write = _SENTENCES.get(kind)
    return write(data, amount) if write else kind


def _because(happened: StrOrPromise) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        code = data.get("reason")
        if not code:
            return str(happened)
        return _("%(happened)s: %(reason)s") % {
            "happened": happened,
            "reason": words.reason(str(code)),
        }

    return write


def _plain(happened: StrOrPromise) -> Sentence:
    return lambda _data, _amount: str(happened)


def _paid(data: Mapping[str, Any], amount: str) -> str:
    if data.get("late"):
        return _("%(amount)s booked for it, after the time to pay had passed") % {"amount": amount}
    return _("%(amount)s booked for it") % {"amount": amount}


def _started(data: Mapping[str, Any], _amount: str) -> str:
    return _("Went to pay by %(channel)s") % {"channel": data.get("channel", "")}


def _with_amount(happened: StrOrPromise) -> Sentence:
    """A sentence about an amount of its own, with the reason in words."""

    def write(data: Mapping[str, Any], _amount: str) -> str:
        text = str(happened) % {"amount": amounts.text(int(data.get("amount_fen") or 0))}
        reason = words.reason(str(data.get("reason") or ""))
        if not reason:
            return text
        return _("%(happened)s: %(reason)s") % {"happened": text, "reason": reason}

    return write


def _broken(data: Mapping[str, Any], _amount: str) -> str:
    return _("The date of “%(node)s” was not kept; a new one was made") % {
        "node": words.of(words.NODES, str(data.get("node", "")))
    }


def _unmatched(data: Mapping[str, Any], _amount: str) -> str:
    return _("Waits for a person: %(what)s") % {
        "what": words.of(words.OUTCOMES, str(data.get("outcome", "")))
    }


def _matched(data: Mapping[str, Any], _amount: str) -> str:
    return _("Found out: %(what)s") % {"what": data.get("outcome", "")}


def _vouched(data: Mapping[str, Any], _amount: str) -> str:
    return _("Booked on a person's word: %(reason)s") % {"reason": data.get("reason", "")}


def _supplier(happened: StrOrPromise) -> Sentence:
    """A sentence about a supplier, with its reason in words."""

    def write(data: Mapping[str, Any], _amount: str) -> str:
        text = str(happened) % {"supplier": data.get("supplier", "")}
        reason = words.reason(str(data.get("reason") or ""))
        return (
            _("%(happened)s: %(reason)s") % {"happened": text, "reason": reason} if reason else text
        )

    return write


_SENTENCES: dict[str, Sentence] = {
    **supplier_facts.SENTENCES,
    "order.placed": lambda _data, amount: _("Ordered, %(amount)s to pay") % {"amount": amount},
    "order.paid": _paid,
    "order.short": _plain(gettext_lazy("The shelf did not hold what was reserved")),
    "order.restocked": _plain(gettext_lazy("Stock arrived and was reserved for it")),
    "order.screened": _plain(gettext_lazy("Checked, it goes on")),
    "order.sourcing": _plain(gettext_lazy("To be got from a supplier")),
    "order.in_hand": _plain(gettext_lazy("Given to a person to be done by hand")),
    "order.held": _because(gettext_lazy("Put on hold")),
    "order.released": _because(gettext_lazy("Released")),
    "order.delivered": _plain(gettext_lazy("Delivered")),
    "order.handed_over": _plain(gettext_lazy("Handed over by a person")),
    "order.expired": _plain(gettext_lazy("Not paid in time; the stock kept for it is free again")),
    "order.cancelled": _plain(gettext_lazy("Cancelled before payment")),
    "order.refund_owed": _because(gettext_lazy("Its money is owed back")),
    "order.refunded": _plain(gettext_lazy("All its money has gone back")),
    "order.promise_broken": _broken,
    "order.kept": _plain(gettext_lazy("Kept in the buyer's account")),
    "order.answers_shown": _plain(gettext_lazy("What the buyer typed was shown in full")),
    "payment.started": _started,
    "payment.found": _plain(gettext_lazy("Money found by asking: no notice had come")),
    "payment.refund_owed": _with_amount(gettext_lazy("%(amount)s owed back")),
    "payment.refund_sent": _with_amount(gettext_lazy("%(amount)s sent back to the channel")),
    "payment.refund_handed": _with_amount(gettext_lazy("A person sends %(amount)s back")),
    "payment.refund_failed": _with_amount(gettext_lazy("The channel refused %(amount)s back")),
    "payment.refund_retried": _with_amount(gettext_lazy("%(amount)s is sent back once more")),
    "payment.payee_given": _plain(gettext_lazy("The buyer said where the money is to be sent")),
    "payment.payee_shown": _plain(gettext_lazy("Where the money is to be sent was shown")),
    "payment.refunded": _with_amount(gettext_lazy("%(amount)s went back")),
    "payment.unmatched": _unmatched,
    "payment.matched": _matched,
    "payment.vouched": _vouched,
    "payment.promise_broken": _broken,
    "code.revealed": _plain(gettext_lazy("A code was shown")),
    "code.voided": _because(gettext_lazy("A code was voided")),
    "code.quarantined": _because(gettext_lazy("A code went into quarantine")),
    "person.erased": _plain(gettext_lazy("The buyer's details were erased")),
    "attempt.sent": _supplier(gettext_lazy("%(supplier)s was asked to supply it")),
    "attempt.waiting": _supplier(gettext_lazy("%(supplier)s works on it")),
    "attempt.unknown": _supplier(gettext_lazy("%(supplier)s gave no usable answer")),
    "attempt.needs_person": _supplier(gettext_lazy("A person must look at %(supplier)s")),
    "attempt.redated": _supplier(gettext_lazy("%(supplier)s was given more time")),
    "attempt.failed": _supplier(gettext_lazy("%(supplier)s did not supply it")),
    "attempt.succeeded": _supplier(gettext_lazy("%(supplier)s supplied it")),
    "attempt.returned": _supplier(
        gettext_lazy("%(supplier)s was late: its goods are on our shelf")
    ),
    "attempt.cut_off": _supplier(gettext_lazy("%(supplier)s was given up at its cut-off")),
    "attempt.refunded": _supplier(gettext_lazy("%(supplier)s gave the money back")),
    "attempt.written_off": _supplier(gettext_lazy("What %(supplier)s owes was written off")),
}
