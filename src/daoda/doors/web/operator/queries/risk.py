"""Rules of risk in words, how often they were wrong, and what spoke against an order."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from daoda.delivery.risk import queries
from daoda.delivery.risk.models import Rule
from daoda.doors.web import amounts
from daoda.trade.catalog.models import Product
from daoda.trade.payments.models import Channel


@dataclass(frozen=True, kw_only=True)
class Line:
    """A rule in the list. ``ended`` ones are shown below the others."""

    rule: Rule
    asks: tuple[str, ...]
    outcome: queries.Outcome


@dataclass(frozen=True, kw_only=True)
class Against:
    """What spoke against an order: the rule, and its conditions with what was seen."""

    rule: Rule
    seen: tuple[str, ...]


def lines(shop_id: uuid.UUID, *, now: datetime) -> list[Line]:
    """The rules in force, and what came of them in the last 30 days."""
    outcomes = queries.outcomes(shop_id, now=now)
    names = _names()
    return [
        Line(
            rule=rule,
            asks=tuple(_asked(one, names) for one in rule.conditions),
            outcome=outcomes.get(rule.pk, queries.Outcome()),
        )
        for rule in queries.active_rules([shop_id])
    ]


def against(order_id: uuid.UUID) -> Against | None:
    """What spoke against an order of this shop, if anything ever did."""
    told = queries.finding(order_id)
    if told is None:
        return None
    finding, rule = told
    names = _names()
    return Against(rule=rule, seen=tuple(_seen(one, names) for one in finding.found))


def _names() -> Mapping[str, str]:
    """What channels and products are called, by what conditions name them with."""
    products = {pk.hex: title for pk, title in Product.objects.values_list("pk", "title")}
    return products | dict(Channel.objects.values_list("code", "title"))


def _asked(condition: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _ASKS[condition["kind"]](condition, names)


def _listed(values: Sequence[str], names: Mapping[str, str]) -> str:
    return pgettext("between the things of a list", ", ").join(
        names.get(one, one) for one in values
    )


def _paid(one: Mapping[str, Any], _names: Mapping[str, str]) -> str:
    return _("%(n)s paid orders of one contact within %(minutes)s minutes") % {
        "n": one["at_least"],
        "minutes": one["within_min"],
    }


def _unpaid(one: Mapping[str, Any], _names: Mapping[str, str]) -> str:
    return _("%(n)s orders left unpaid within %(minutes)s minutes") % {
        "n": one["at_least"],
        "minutes": one["within_min"],
    }


_ASKS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str]], str]] = {
    "amount": lambda one, _names: (
        _("at least %(amount)s") % {"amount": amounts.text(one["at_least_fen"], "CNY")}
    ),
    "quantity": lambda one, _names: (
        ngettext("at least %(n)s piece", "at least %(n)s pieces", one["at_least"])
        % {"n": one["at_least"]}
    ),
    "orders_of_contact": _paid,
    "unpaid_of_contact": _unpaid,
    "new_contact": lambda _one, _names: _("nothing delivered to the contact before"),
    "channel": lambda one, names: (
        _("paid by %(channels)s") % {"channels": _listed(one["one_of"], names)}
    ),
    "product": lambda one, names: (
        _("one of %(products)s") % {"products": _listed(one["one_of"], names)}
    ),
    "answer": lambda one, _names: (
        _("%(field)s is %(values)s") % {"field": one["field"], "values": _listed(one["one_of"], {})}
    ),
}


def _seen(found: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What was seen of one condition, with the value it was judged by."""
    value = found["seen"]
    words: dict[str, Callable[[], str]] = {
        "amount": lambda: _("amount: %(amount)s") % {"amount": amounts.text(value, "CNY")},
        "quantity": lambda: _("pieces: %(n)s") % {"n": value},
        "orders_of_contact": lambda: (
            _("paid orders of the contact in that time: %(n)s") % {"n": value}
        ),
        "unpaid_of_contact": lambda: _("orders left unpaid in that time: %(n)s") % {"n": value},
        "new_contact": lambda: _("nothing delivered to the contact before"),
        "channel": lambda: _("paid by %(channels)s") % {"channels": names.get(value, value)},
        "product": lambda: _("one of %(products)s") % {"products": names.get(value, value)},
        "answer": lambda: _("a typed field has one of the listed values"),
    }
    return words[found["kind"]]()
