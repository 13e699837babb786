"""What happened to suppliers and offers, as sentences for staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web import amounts
from daoda.kit import money

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Sentence = Callable[[Mapping[str, Any], str], str]


def _with_reason(happened: StrOrPromise) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        return _("%(happened)s: %(reason)s") % {
            "happened": happened, "reason": data.get("reason", ""),
        }  # fmt: skip

    return write


def _plain(happened: StrOrPromise) -> Sentence:
    return lambda _data, _amount: str(happened)


def _balance(happened: StrOrPromise) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        return str(happened) % {"amount": amounts.text(int(data.get("balance_fen") or 0))}

    return write


def _offer(happened: StrOrPromise) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        return str(happened) % {
            "goods": data.get("goods", ""),
            "cost": money.unit_price(int(data.get("unit_cost_hao") or 0)),
        }

    return write


SENTENCES: dict[str, Sentence] = {
    "supplier.created": _plain(gettext_lazy("Set up as a supplier")),
    "supplier.changed": _plain(gettext_lazy("Its settings were changed")),
    "supplier.paused": _with_reason(gettext_lazy("Paused")),
    "supplier.resumed": _with_reason(gettext_lazy("Bought from again")),
    "supplier.tripped": _with_reason(gettext_lazy("Its breaker opened")),
    "supplier.probed": _with_reason(gettext_lazy("It is tried again")),
    "supplier.recovered": _with_reason(gettext_lazy("It works again")),
    "supplier.balance_low": _balance(gettext_lazy("Our balance there is low: %(amount)s")),
    "supplier.balance_restored": _balance(gettext_lazy("Our balance there is %(amount)s again")),
    "supplier.windows_set": _plain(gettext_lazy("Its maintenance hours were changed")),
    "offer.created": _offer(gettext_lazy("Offers goods %(goods)s at %(cost)s yuan apiece")),
    "offer.changed": _offer(gettext_lazy("Its offer is now goods %(goods)s at %(cost)s yuan")),
}
