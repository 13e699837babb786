"""Refunds as staff read them: where each stands, and everything that was done about one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.queries import papers, words
from daoda.doors.web.pieces import Shape
from daoda.kit import ids
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Refund, RefundEvent
from daoda.trade.payments.rules.refunds import MACHINE
from daoda.trade.payments.states import REFUND

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROWS = 50
STATES: Mapping[str, StrOrPromise] = {
    "owed": pgettext_lazy("refund", "Owed"),
    "sent": pgettext_lazy("refund", "Sent"),
    "unknown": pgettext_lazy("refund", "Unknown"),
    "failed": pgettext_lazy("refund", "Failed"),
    "confirmed": pgettext_lazy("refund", "Gone back"),
}
_SHAPES: Mapping[str, Shape] = {"confirmed": "done", "failed": "broken"}
# Part: its name, the states it shows, and whether what the machine does is left out.
PARTS: Mapping[str, tuple[StrOrPromise, tuple[str, ...], bool]] = {
    "open": (gettext_lazy("Open"), REFUND.open_states, False),
    "people": (gettext_lazy("Waiting for a person"), REFUND.open_states, True),
    "confirmed": (gettext_lazy("Gone back"), ("confirmed",), False),
    "all": (gettext_lazy("All"), REFUND.states, False),
}
_EVENTS: Mapping[str, StrOrPromise] = {
    "sent": gettext_lazy("Sent to the channel"),
    "asked": gettext_lazy("Asked the channel"),
    "lapsed": gettext_lazy("A worker began and gave no account"),
    "handed": gettext_lazy("Given to a person"),
    "retried": gettext_lazy("To be sent once more"),
    "by_hand": gettext_lazy("A person says it has gone back"),
}
_ANSWERS: Mapping[str, StrOrPromise] = {
    "confirmed": gettext_lazy("Answered: it has gone back"),
    "processing": gettext_lazy("Answered: underway"),
    "failed": gettext_lazy("Answered: refused"),
    "absent": gettext_lazy("Answered: no such refund is known"),
    "unknown": gettext_lazy("No clear answer"),
}
WHY: Mapping[str, StrOrPromise] = {
    "by_hand": gettext_lazy("the channel cannot send it by itself"),
    "cannot_be_asked": gettext_lazy("the channel cannot be asked what became of it"),
    "cut_off": gettext_lazy("no clear answer until the cut-off"),
    "sent_too_often": gettext_lazy("sent as often as is allowed, and never received"),
    "channel_refused": gettext_lazy("the channel refused it"),
    "needs_a_person": gettext_lazy("the channel's answer needs a person"),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A refund in the list."""

    href: str
    name: str
    shape: Shape
    state: str
    channel: str
    reason: str
    owner: str
    due_at: datetime | None
    at: datetime
    amount_fen: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that was done or said, with the beginning of what the channel wrote, masked."""

    at: datetime
    says: str
    detail: str
    answer: str
    who: str
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Page:
    """A part of the list, and where it goes on."""

    lines: tuple[Line, ...]
    after: uuid.UUID | None


def page(part: str, *, after: uuid.UUID | None) -> Page:
    """A part of the refunds, newest first."""
    _name, states, people_only = PARTS[part]
    rows = payments.refund_page(
        states=states, people_only=people_only, after=after, rows_max=ROWS + 1
    )
    shown = rows[:ROWS]
    staff = staff_names([row.owner or "" for row in shown])
    more = shown[-1].pk if len(rows) > ROWS else None
    return Page(lines=tuple(_line(row, staff) for row in shown), after=more)


def state(row: Refund) -> str:
    """Where it stands, in a word or two."""
    if row.state == "sent" and row.said == "processing":
        return _("Underway at the channel")
    if row.state == "owed" and row.owner != MACHINE:
        return _("To be sent by hand")
    return words.of(STATES, row.state)


def shape(row: Refund) -> Shape:
    """Where it stands as one of the meanings; what the machine does not know yet is late."""
    return _SHAPES.get(row.state) or ("late" if row.owner != MACHINE else "doing")


def events(row: Refund) -> tuple[Event, ...]:
    """Everything that was done about a refund, oldest first."""
    rows = payments.events_of(row.pk)
    staff = staff_names([one.actor for one in rows])
    return tuple(_event(one, staff) for one in rows)


def _line(row: Refund, staff: Mapping[str, str]) -> Line:
    shown = papers.refund(row, staff=staff)
    return Line(
        href=reverse("desk:refund", args=[row.pk]),
        name=ids.spoken(row.order.number) if row.order else row.receipt.trade_no,
        shape=shape(row),
        state=state(row),
        channel=row.receipt.channel.title,
        reason=shown.reason,
        owner=shown.owner,
        due_at=row.promised_at,
        at=row.closed_at or row.owed_at,
        amount_fen=row.amount_fen,
        currency=row.currency,
    )


def _event(row: RefundEvent, staff: Mapping[str, str]) -> Event:
    answered = row.kind == "answered"
    says = words.of(_ANSWERS, row.word) if answered else words.of(_EVENTS, row.kind)
    detail = words.of(WHY, row.detail) if row.kind == "handed" else row.detail
    found: Shape = "doing"
    if row.word == "confirmed":
        found = "done"
    elif row.word == "failed":
        found = "broken"
    elif row.word in ("unknown", "absent") or row.kind in ("lapsed", "handed"):
        found = "late"
    return Event(
        at=row.at,
        says=says,
        detail="" if row.kind == "lapsed" else detail,
        answer=row.answer,
        who=words.actor(row.actor, staff=staff),
        shape=found,
    )
