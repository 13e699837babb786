"""The words of the desk for what the code names by a key: states, nodes, owners, reasons, money.

The same words as the glossary. A key nobody wrote words for is shown as it stands, so that it is
seen and given words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.doors.web import owners
from daoda.doors.web.buyer.queries import facts as buyer_facts
from daoda.doors.web.pieces import Shape

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ORDER_STATES: Mapping[str, StrOrPromise] = {
    "awaiting_payment": pgettext_lazy("order", "Awaiting payment"),
    "screening": pgettext_lazy("order", "Paid, being checked"),
    "paid": pgettext_lazy("order", "Paid, being stocked"),
    "sourcing": pgettext_lazy("order", "With a supplier"),
    "short": pgettext_lazy("order", "Short of stock"),
    "in_hand": pgettext_lazy("order", "In a person's hands"),
    "held": pgettext_lazy("order", "Held"),
    "delivered": pgettext_lazy("order", "Delivered"),
    "expired": pgettext_lazy("order", "Expired unpaid"),
    "cancelled": pgettext_lazy("order", "Cancelled"),
    "refund_owed": pgettext_lazy("order", "Refund owed"),
    "refunded": pgettext_lazy("order", "Refunded"),
}
SHAPES: Mapping[str, Shape] = {
    "delivered": "done",
    "refunded": "done",
    "expired": "skipped",
    "cancelled": "skipped",
    "imported": "done",
    "settled": "done",
    "refused": "skipped",
}
NODES: Mapping[str, StrOrPromise] = {
    "payment": pgettext_lazy("node", "Payment"),
    "stocking": pgettext_lazy("node", "Stocking"),
    "supplying": pgettext_lazy("node", "With a supplier"),
    "claiming_back": pgettext_lazy("node", "Claimed back from a supplier"),
    "shortage": pgettext_lazy("node", "Restocking"),
    "delivery": pgettext_lazy("node", "Delivery"),
    "handling": pgettext_lazy("node", "By hand"),
    "review": pgettext_lazy("node", "Review"),
    "refund": pgettext_lazy("node", "Refund"),
    "settling": pgettext_lazy("node", "Booking"),
    "matching": pgettext_lazy("node", "Finding out whose money it is"),
    "checking": pgettext_lazy("node", "Checking"),
    "decision": pgettext_lazy("node", "Decision"),
    "inspection": pgettext_lazy("node", "Inspection"),
    "turn": pgettext_lazy("node", "Its turn"),
    "rehearsing": pgettext_lazy("node", "Being rehearsed"),
}
KINDS: Mapping[str, StrOrPromise] = {
    "code": gettext_lazy("Codes from stock"),
    "topup": gettext_lazy("Top-up"),
    "membership": gettext_lazy("Membership"),
    "manual": gettext_lazy("Delivered by hand"),
}
DEPARTMENTS = ("operations", "supplier", "technical", "finance", "risk")
OUTCOMES: Mapping[str, StrOrPromise] = {
    "paid": gettext_lazy("pays the order"),
    "paid_late": gettext_lazy("pays the order, late"),
    "paid_twice": gettext_lazy("paid twice: goes back"),
    "underpaid": gettext_lazy("too little: goes back"),
    "overpaid": gettext_lazy("too much: the rest goes back"),
    "unknown_order": gettext_lazy("money for no order of ours"),
    "wrong_currency": gettext_lazy("money in another currency"),
    "wrong_merchant": gettext_lazy("signed for another merchant"),
    "other_trade": gettext_lazy("the channel confirms another payment of this number"),
    "not_confirmed": gettext_lazy("the channel did not confirm it in time"),
    "not_signed": gettext_lazy("not signed by the channel"),
    "failed": gettext_lazy("it could not be booked"),
    "repeat": gettext_lazy("a repeat of one booked before"),
    "no_money": gettext_lazy("tells of no money"),
}
NOTICE_STATES: Mapping[str, StrOrPromise] = {
    "confirming": pgettext_lazy("notice", "Being confirmed"),
    "received": pgettext_lazy("notice", "Being booked"),
    "settled": pgettext_lazy("notice", "Settled"),
    "refused": pgettext_lazy("notice", "Refused"),
    "unmatched": pgettext_lazy("notice", "Unmatched"),
    "suspect": pgettext_lazy("notice", "Suspect"),
}
VERDICTS: Mapping[str, StrOrPromise] = {
    "genuine": gettext_lazy("signature checked"),
    "forged": gettext_lazy("signature wrong"),
    "unreadable": gettext_lazy("cannot be read"),
    "wrong_merchant": gettext_lazy("signed for another merchant"),
    "probe": gettext_lazy("a probe of the channel"),
}
ACCOUNTS: Mapping[str, StrOrPromise] = {
    "channel_cash": gettext_lazy("Held by the channel"),
    "owed_to_buyers": gettext_lazy("Owed to buyers"),
    "refund_owed": gettext_lazy("Refunds owed"),
    "revenue": gettext_lazy("Earned"),
    "refunds": gettext_lazy("Refunds given"),
    "compensation": gettext_lazy("Compensation given"),
    "supplier_payable": gettext_lazy("Owed to suppliers"),
    "supplier_receivable": gettext_lazy("Owed by suppliers"),
    "goods_cost": gettext_lazy("Cost of goods"),
    "losses": gettext_lazy("Lost with suppliers"),
    "fees": gettext_lazy("Fees"),
    "suspense": gettext_lazy("In suspense"),
}
TRANSFERS: Mapping[str, StrOrPromise] = {
    "payment.received": gettext_lazy("Money arrived"),
    "order.delivered": gettext_lazy("Earned by delivery"),
    "refund.paid": gettext_lazy("Money went back"),
    "refund.given": gettext_lazy("Given back of what was earned"),
    "attempt.bought": gettext_lazy("Bought from a supplier"),
    "attempt.cut_off": gettext_lazy("Given up, claimed from a supplier"),
    "attempt.given_back": gettext_lazy("Given back by a supplier"),
    "attempt.written_off": gettext_lazy("Written off"),
    "goodwill.granted": gettext_lazy("Coupons given for lateness"),
    "goodwill.used": gettext_lazy("Of them used"),
    "goodwill.unused": gettext_lazy("Of them not used"),
}
PLACES: Mapping[str, StrOrPromise] = {
    "shelf": pgettext_lazy("code", "On the shelf"),
    "taken": pgettext_lazy("code", "Given to orders"),
    "quarantine": pgettext_lazy("code", "In quarantine"),
    "void": pgettext_lazy("code", "Void"),
    "returned": pgettext_lazy("code", "Put back as new"),
}


def of(table: Mapping[str, StrOrPromise], key: str | None) -> str:
    """The words for a key; the key itself where there are none."""
    return str(table.get(key or "", key or ""))


def owner(text: str | None, *, staff: Mapping[str, str] | None = None) -> str:
    """Whose turn it is, as one member of staff says it to another."""
    if text == "buyer":
        return _("The buyer")
    return owners.words(text or "", staff=staff)


def actor(text: str, *, staff: Mapping[str, str]) -> str:
    """Who did it; a channel and a key by their names."""
    kind, _sep, name = text.partition(":")
    if kind == "channel":
        return _("Channel %(code)s") % {"code": name}
    if kind == "api":
        return _("API key …%(end)s") % {"end": name[-6:]}
    return owner("buyer" if kind == "buyer" else text, staff=staff)


def reason(code: str) -> str:
    """Why, in the words the buyer reads; what a person typed is shown as she typed it."""
    return buyer_facts.reason(code)


def shape(state: str, *, late: bool) -> Shape:
    """The state of a dated thing as one of the meanings."""
    return SHAPES.get(state) or ("late" if late else "doing")
