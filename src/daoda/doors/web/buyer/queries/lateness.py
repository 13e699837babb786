"""What is done about a late order, and what its buyer may choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from daoda.care.compensation import queries
from daoda.care.compensation.models import Act
from daoda.doors.web import amounts, moments
from daoda.trade.orders.models import Order


@dataclass(frozen=True, kw_only=True)
class Coupon:
    """A goodwill coupon as the buyer may use it."""

    code: str
    amount: str
    until: datetime
    used: bool


@dataclass(frozen=True, kw_only=True)
class Late:
    """``did``: what was done, oldest first. ``next``: what comes by itself, and when."""

    did: tuple[str, ...]
    next: str
    coupons: tuple[Coupon, ...]
    choice: str
    open: bool


def lateness(order: Order, *, now: datetime) -> Late | None:
    """What is done about an order whose date was broken; None for one that never was late."""
    told = queries.lateness(order.pk)
    if told is None:
        return None
    case = told.case
    return Late(
        did=tuple(said for act in told.acts if (said := _did(act, order, now))),
        next=_next(told.next_step, case.next_at, now) if case.state == "running" else "",
        coupons=tuple(
            Coupon(
                code=one.coupon.code,
                amount=amounts.text(one.amount_fen, one.currency),
                until=one.until,
                used=one.state != "usable",
            )
            for one in told.grants
        ),
        choice=case.choice,
        open=case.state != "settled",
    )


def _did(act: Act, order: Order, now: datetime) -> str:
    """What was done, in words; what was passed over is said where it tells the buyer something."""
    at = moments.short(act.at, now=now)
    if act.did == "done":
        return _DONE[act.do](act, order, at)
    if act.reason == "attempt_open" or (act.do, act.reason) == ("refund", "buyer_waits"):
        return ""
    if act.do == "reissue" and act.reason == "out_of_stock":
        return _("%(time)s we looked on our own shelf: there is none either.") % {"time": at}
    if act.do == "other_supplier" and act.reason == "no_supplier":
        return _("%(time)s we looked for another supplier: nobody has it now.") % {"time": at}
    return ""


_DONE: dict[str, Callable[[Act, Order, str], str]] = {
    "reissue": lambda _act, _order, at: (
        _("%(time)s we took it from our own shelf instead.") % {"time": at}
    ),
    "other_supplier": lambda _act, _order, at: (
        _("%(time)s we asked another supplier.") % {"time": at}
    ),
    "goodwill": lambda act, order, at: (
        _("%(time)s for the delay you were given a coupon of %(amount)s.")
        % {"time": at, "amount": amounts.text(act.amount_fen, order.currency)}
    ),
    "refund": lambda _act, _order, at: (
        _("%(time)s we began to send your money back.") % {"time": at}
    ),
}


def _next(step: str, at: datetime | None, now: datetime) -> str:
    if at is None or step not in {"reissue", "other_supplier", "goodwill", "refund"}:
        return ""
    when = {"when": moments.day_and_time(at, now=now)}
    return {
        "reissue": _("If it has not arrived by %(when)s, we take it from our own shelf."),
        "other_supplier": _("If it has not arrived by %(when)s, we ask another supplier."),
        "goodwill": _("If it has not arrived by %(when)s, you are given a coupon for the delay."),
        "refund": _("If it has not arrived by %(when)s, your money goes back by itself."),
    }[step] % when
