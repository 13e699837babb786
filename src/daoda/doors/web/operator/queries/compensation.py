"""Compensation in words: policies step by step, and what waits for somebody's word."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daoda.care.compensation import queries
from daoda.care.compensation.models import Act, Case, Policy
from daoda.doors.web import amounts
from daoda.doors.web.buyer.queries.story import title


@dataclass(frozen=True, kw_only=True)
class Line:
    """A policy in the list."""

    policy: Policy
    covers: str
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A case that waits for a person. ``asks``: what she is asked for."""

    case: Case
    title: str
    href: str
    asks: str
    approval: bool
    late: bool


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step as it went, for the order's page."""

    at: datetime
    says: str


def lines(shop_id: uuid.UUID) -> list[Line]:
    """The policies in force."""
    return [
        Line(
            policy=one,
            covers=one.product.title if one.product else _("Everything"),
            steps=tuple(_step(step) for step in one.steps),
        )
        for one in queries.active_policies(shop_id)
    ]


def waiting(*, now: datetime) -> list[Waiting]:
    """The cases that wait for a person, soonest first."""
    return [
        Waiting(
            case=case,
            title=title(case.order),
            href=reverse("desk:order", args=[case.order_id]),
            asks=_asks(case),
            approval=case.asked == "approval",
            late=case.promised_at is not None and case.promised_at <= now,
        )
        for case in queries.waiting_for_person()
    ]


def done(order_id: uuid.UUID) -> tuple[Done, ...]:
    """What was done about a late order, step by step, with what was passed over and why."""
    told = queries.lateness(order_id)
    return tuple(Done(at=act.at, says=_says(act)) for act in told.acts) if told else ()


def _asks(case: Case) -> str:
    if case.asked == "decision":
        return _("no step of the policy is left: decide what happens to the order")
    step = case.policy.steps[case.step]
    names = {"refund": _("refund %(amount)s"), "goodwill": _("goodwill for an order of %(amount)s")}
    return names[step["do"]] % {"amount": amounts.text(case.order.amount_fen, case.order.currency)}


def _step(step: Mapping[str, Any]) -> str:
    after = ngettext("after %(n)s minute", "after %(n)s minutes", step["after_min"]) % {
        "n": step["after_min"]
    }
    return f"{after}: {_name(step)}"


def _name(step: Mapping[str, Any]) -> str:
    names: dict[str, Callable[[], str]] = {
        "reissue": lambda: _("take it from our shelf"),
        "other_supplier": lambda: _("buy it from another supplier"),
        "goodwill": lambda: (
            _("a coupon of %(percent)s%%, %(least)s to %(most)s")
            % {
                "percent": step["percent"],
                "least": amounts.text(step["least_fen"], "CNY"),
                "most": amounts.text(step["most_fen"], "CNY"),
            }
        ),
        "refund": lambda: _("refund"),
    }
    return names[step["do"]]()


def _says(act: Act) -> str:
    name = {
        "reissue": _("take it from our shelf"),
        "other_supplier": _("buy it from another supplier"),
        "goodwill": _("a coupon of %(amount)s") % {"amount": amounts.text(act.amount_fen, "CNY")},
        "refund": _("refund"),
    }[act.do]
    if act.did == "done":
        return _("done: %(what)s") % {"what": name}
    reasons = {
        "attempt_open": _("a supplier may still deliver"),
        "on_its_way": _("it is on its way already"),
        "not_from_stock": _("not something our shelf has"),
        "out_of_stock": _("our shelf has none"),
        "no_supplier": _("no supplier has it"),
        "not_granted": _("not of this tier, or a cap is reached"),
        "buyer_waits": _("the buyer keeps waiting"),
        "held": _("the order is held for a review"),
        "nothing_to_refund": _("nothing is left to refund"),
    }
    words = {"what": name, "why": reasons.get(act.reason, act.reason)}
    if act.did == "declined":
        return _("declined: %(what)s; %(why)s") % words
    return _("passed over: %(what)s; %(why)s") % words
