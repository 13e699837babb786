"""Attempts to buy from suppliers as staff read them: who said what, what waits for a person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from daoda.delivery.fulfilment import queries as fulfilment
from daoda.delivery.fulfilment.actions.cutting_off import CUTTABLE
from daoda.delivery.fulfilment.models import Attempt, AttemptEvent
from daoda.delivery.fulfilment.states import ATTEMPT
from daoda.doors.web.operator.queries import words
from daoda.doors.web.pieces import Shape

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES: Mapping[str, StrOrPromise] = {
    "planned": pgettext_lazy("attempt", "To be sent"),
    "sent": pgettext_lazy("attempt", "Sent, no answer yet"),
    "accepted": pgettext_lazy("attempt", "Taken by the supplier"),
    "processing": pgettext_lazy("attempt", "The supplier works on it"),
    "unknown": pgettext_lazy("attempt", "Unknown"),
    "succeeded": pgettext_lazy("attempt", "Supplied"),
    "failed": pgettext_lazy("attempt", "Failed, not charged"),
    "cut_off": pgettext_lazy("attempt", "Given up, claimed back"),
    "returned": pgettext_lazy("attempt", "Came late, on our shelf"),
    "refunded": pgettext_lazy("attempt", "Given back"),
    "written_off": pgettext_lazy("attempt", "Written off"),
}
_SHAPES: Mapping[str, Shape] = {
    "succeeded": "done",
    "returned": "done",
    "refunded": "done",
    "failed": "skipped",
    "written_off": "skipped",
    "unknown": "late",
    "cut_off": "late",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One event in words, with what was asked and answered, masked."""

    at: datetime
    what: str
    detail: str
    who: str
    exchange: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """An attempt. ``cuttable`` and ``claimed`` say what a person may decide about it."""

    attempt: Attempt
    href: str
    supplier: str
    state: str
    shape: Shape
    reason: str
    open: bool
    cuttable: bool
    claimed: bool
    said: tuple[Said, ...] = ()


def waiting() -> list[Line]:
    """The open attempts of the entered shop that need a person, soonest date first."""
    return [_line(one) for one in fulfilment.for_persons()]


def of_order(order_id: uuid.UUID) -> tuple[Line, ...]:
    """The attempts for an order with all their events, oldest first."""
    attempts = fulfilment.attempts_of(order_id)
    events: dict[uuid.UUID, list[AttemptEvent]] = {}
    for event in fulfilment.events_of([one.pk for one in attempts]):
        events.setdefault(event.attempt_id, []).append(event)
    return tuple(_line(one, events.get(one.pk, ())) for one in attempts)


def one(attempt_id: uuid.UUID) -> Line | None:
    """One attempt of the entered shop with all its events."""
    found = Attempt.objects.select_related("supplier", "order").filter(pk=attempt_id).first()
    return _line(found, fulfilment.events_of([attempt_id])) if found else None


def _line(attempt: Attempt, events: Sequence[AttemptEvent] = ()) -> Line:
    return Line(
        attempt=attempt,
        href=reverse("desk:attempt", args=[attempt.pk]),
        supplier=attempt.supplier.name,
        state=words.of(STATES, attempt.state),
        shape=_SHAPES.get(attempt.state, "doing"),
        reason=words.reason(attempt.reason) if attempt.reason else "",
        open=attempt.state not in ATTEMPT.closed,
        cuttable=attempt.state in CUTTABLE,
        claimed=attempt.state == "cut_off",
        said=tuple(_said(event) for event in events),
    )


def _said(event: AttemptEvent) -> Said:
    kinds = {
        "sent": _("Sent"),
        "answered": _("Answered"),
        "unreachable": _("Not reached"),
        "waits": _("Waits to be sent"),
        "called_off": _("Called off"),
        "cut_off": _("Given up"),
        "redated": _("Given more time"),
        "late": _("The date of the claim passed"),
        "settled": _("Settled by a person"),
    }
    state = words.of(STATES, event.stands)
    cards = event.data.get("cards") or []
    evidence = [
        _("card %(n)s: %(twin)s") % {"n": card.get("position"), "twin": card.get("twin")}
        for card in cards
    ]
    return Said(
        at=event.at,
        what=f"{kinds.get(event.kind, event.kind)} · {state}",
        detail=" · ".join(part for part in (event.detail, *evidence) if part),
        who=words.actor(event.actor, staff={}),
        exchange="\n\n".join(part for part in (event.request, event.response) if part),
    )
