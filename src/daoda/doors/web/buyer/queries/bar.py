"""The node bar of an order: which steps it has, which were reached, which are late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from daoda.doors.web.pieces import Shape, Step

UNPAID = frozenset({"awaiting_payment", "expired", "cancelled"})
BACK = frozenset({"refund_owed", "refunded"})


@dataclass(frozen=True, kw_only=True)
class Way:
    """What the bar needs to know of an order. ``reached`` maps fact kinds to their newest time."""

    kind: str
    state: str
    due_at: datetime | None
    late: bool
    note: str
    placed_at: datetime
    closed_at: datetime | None
    reached: Mapping[str, datetime]


def steps(way: Way) -> tuple[Step, ...]:
    """The steps of an order in order; the ones not reached come last and say by when."""
    paid_at = way.reached.get("order.paid")
    found = [
        Step(name=_("Ordered"), shape="done", at=way.placed_at),
        _payment(way, paid_at),
        *_review(way),
        _work(way),
    ]
    if way.state in BACK:
        found.append(_refund(way))
    else:
        found.append(_arrival(way))
    return tuple(found)


def _payment(way: Way, paid_at: datetime | None) -> Step:
    if paid_at is not None:
        return Step(name=_("Paid"), shape="done", at=paid_at)
    if way.state == "awaiting_payment":
        return _current(way, _("Payment"))
    if way.state in UNPAID:
        return Step(name=_("Payment"), shape="broken", at=way.closed_at, note=way.note)
    return Step(name=_("Payment"), shape="skipped")


def _review(way: Way) -> Sequence[Step]:
    if way.state == "held":
        return [_current(way, _("Review"))]
    released_at = way.reached.get("order.released")
    if released_at is not None:
        return [Step(name=_("Reviewed"), shape="done", at=released_at)]
    return []


def _work(way: Way) -> Step:
    coming, done = work_names(way.kind)
    if way.state == "delivered":
        return Step(name=done, shape="done", at=way.closed_at)
    if way.state in {"screening", "paid", "sourcing", "short", "in_hand"}:
        return _current(way, coming)
    if way.state in BACK:
        return Step(
            name=coming, shape="broken", at=way.reached.get("order.refund_owed"), note=way.note
        )
    shape: Shape = "skipped" if way.state in {"expired", "cancelled"} else "coming"
    return Step(name=coming, shape=shape)


def _arrival(way: Way) -> Step:
    if way.state == "delivered":
        return Step(name=_("Arrived"), shape="done", at=way.closed_at)
    shape: Shape = "skipped" if way.state in {"expired", "cancelled"} else "coming"
    return Step(name=_("Arrival"), shape=shape)


def _refund(way: Way) -> Step:
    if way.state == "refunded":
        return Step(name=_("Refunded"), shape="done", at=way.closed_at)
    return _current(way, _("Refund"), note="")


def _current(way: Way, name: str, *, note: str | None = None) -> Step:
    return Step(
        name=name,
        shape="late" if way.late else "doing",
        due=way.due_at,
        note=way.note if note is None else note,
    )


def work_names(kind: str) -> tuple[str, str]:
    """What the step between payment and arrival is called, before and after."""
    names = {
        "code": (_("Stocking"), _("Stocked")),
        "topup": (_("Top-up"), _("Topped up")),
        "membership": (_("Activation"), _("Activated")),
    }
    return names.get(kind, (_("Preparation"), _("Prepared")))
