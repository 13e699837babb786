"""Rehearsals in words: how far one is, what came of it, where it stuck first, what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from daoda.doors.web import moments
from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.queries import words
from daoda.doors.web.operator.queries.day_picture import Picture, draw
from daoda.doors.web.pieces import Shape
from daoda.watch.rehearsals.models import Rehearsal
from daoda.watch.rehearsals.states import REHEARSAL

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES: Mapping[str, StrOrPromise] = {
    "asked": gettext_lazy("In line, the worker plays it next"),
    "running": gettext_lazy("Being played"),
    "done": gettext_lazy("Played to its end"),
    "failed": gettext_lazy("Not played to its end"),
}
STEPS: Mapping[str, StrOrPromise] = {
    "copying": gettext_lazy("Making the copy of the shop"),
    "playing": gettext_lazy("The day is being played"),
    "judging": gettext_lazy("Counting, and asking every law of the copy"),
}
REASONS: Mapping[str, StrOrPromise] = {
    "not_begun": gettext_lazy("No worker began it by its date. Start one and ask again."),
    "late": gettext_lazy("It was not done by its date. Choose a smaller day, or one in several."),
    "silent": gettext_lazy("Nothing was heard of it any more, so it was ended."),
    "killed": gettext_lazy("The process that played it was ended from outside."),
    "stopped": gettext_lazy("The worker was stopped while it was being played. Ask again."),
    "broke": gettext_lazy("It broke; the worker's log says where."),
}
# Where orders wait, and where dates are given.
PLACES: Mapping[str, StrOrPromise] = {
    "wanted": gettext_lazy("Orders per minute"),
    "agents": gettext_lazy("With our people"),
    "supplier": gettext_lazy("With suppliers"),
    "short": gettext_lazy("Short of stock"),
    "paid": gettext_lazy("At the shelf"),
    "stocking": gettext_lazy("At the shelf"),
    "held": gettext_lazy("Under review"),
    "review": gettext_lazy("Under review"),
    "refund_owed": gettext_lazy("Refund owed"),
    "refund": gettext_lazy("Refund owed"),
    "awaiting_payment": gettext_lazy("Waiting for payment"),
}
REFUSED: Mapping[str, StrOrPromise] = {
    "sold_out": gettext_lazy("sold out"),
    "not_on_sale": gettext_lazy("not on sale"),
    "bad_quantity": gettext_lazy("not sold in this quantity"),
}
# Before this much has been played nobody can say how long the rest will take.
_TELLING_SHARE = 0.05
SHAPES: Mapping[str, Shape] = {"asked": "coming", "done": "done", "failed": "broken"}


@dataclass(frozen=True, kw_only=True)
class ShownRehearsal:
    """A rehearsal: what was asked for, how far it is, who has it by when."""

    row: Rehearsal
    href: str
    name: str
    state: str
    shape: Shape
    open: bool
    step: str
    percent: int
    left: str
    owner: str
    by: str
    reason: str
    on: str


@dataclass(frozen=True, kw_only=True)
class Stick:
    """Something the day stuck at: when, what happened, what would have helped."""

    at: datetime
    says: str
    helps: str
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How long orders of one way waited."""

    name: str
    p50: str
    p99: str
    longest: str


@dataclass(frozen=True, kw_only=True)
class Hands:
    """A crew's day."""

    name: str
    at_once: int
    orders: int
    broken: int
    busiest: datetime | None
    busy_percent: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of a day, in words and numbers."""

    orders: Mapping[str, int]
    dates: Mapping[str, Any]
    kept_percent: str
    refused: tuple[tuple[str, int], ...]
    waits: tuple[Wait, ...]
    hands: tuple[Hands, ...]
    sticks: tuple[Stick, ...]
    picture: Picture
    panels: tuple[tuple[str, Any], ...]
    columns: tuple[str, ...]
    pace: str
    one_in: int
    seed: int
    laws: Mapping[str, Any]


def shown(rows: Sequence[Rehearsal], *, now: datetime) -> tuple[ShownRehearsal, ...]:
    """Rehearsals in words."""
    staff = staff_names([text for row in rows for text in (row.owner or "", row.actor)])
    return tuple(_shown(row, staff, now) for row in rows)


def _shown(row: Rehearsal, staff: Mapping[str, str], now: datetime) -> ShownRehearsal:
    return ShownRehearsal(
        row=row,
        href=reverse("desk:rehearsal", args=[row.pk]),
        name=row.name or _("A day"),
        state=words.of(STATES, row.state),
        shape=SHAPES.get(row.state, "doing"),
        open=row.state not in REHEARSAL.closed,
        step=words.of(STEPS, row.step) if row.state == "running" else "",
        percent=row.done * 100 // row.whole if row.whole else 0,
        left=_left(row, now),
        owner=words.owner(row.owner, staff=staff) if row.owner else "",
        by=words.actor(row.actor, staff=staff),
        reason=words.of(REASONS, row.reason),
        on=str(row.day.get("date", "")),
    )


def _left(row: Rehearsal, now: datetime) -> str:
    """How long it will still take, from how long it took so far."""
    told = row.state == "running" and row.begun_at is not None and row.done < row.whole
    if not told or row.done < row.whole * _TELLING_SHARE:
        return ""
    left = (now - (row.begun_at or now)) * (row.whole - row.done) / max(1, row.done)
    if left < timedelta(seconds=2):
        return _("almost done")
    return _("about %(span)s left") % {"span": moments.span(left)}


def told(outcome: Mapping[str, Any]) -> Told:
    """An outcome as the page and the screen show it; times in the activated zone."""
    dates, picture = outcome["dates"], draw(outcome)
    given = dates["kept"] + dates["broken"]
    return Told(
        orders=outcome["orders"],
        dates=dates,
        kept_percent=f"{dates['kept'] * 100 / given:.1f}" if given else "100",
        refused=tuple((words.of(REFUSED, code), n) for code, n in outcome["refused"].items()),
        waits=tuple(_wait(via, found) for via, found in sorted(outcome["waits"].items())),
        hands=tuple(_hands(crew) for crew in outcome["crews"]),
        sticks=tuple(stick(found) for found in outcome["sticks"]),
        picture=picture,
        panels=tuple((words.of(PLACES, panel.place), panel) for panel in picture.panels),
        columns=tuple(words.of(PLACES, place) for place in picture.places),
        pace=_pace(outcome.get("machine", {})),
        one_in=outcome["one_in"],
        seed=outcome["seed"],
        laws=outcome.get("laws", {"asked": 0, "findings": []}),
    )


def _wait(via: str, found: Mapping[str, float]) -> Wait:
    name = _("Delivered from the shelf") if via == "stock" else _("Delivered by people")
    p50, p99, longest = (
        moments.span(timedelta(seconds=found[key])) for key in ("p50_s", "p99_s", "longest_s")
    )
    return Wait(name=name, p50=p50, p99=p99, longest=longest)


def _hands(crew: Mapping[str, Any]) -> Hands:
    busiest = crew["busiest_hour"]
    return Hands(
        name=words.of(PLACES, crew["crew"]),
        at_once=crew["at_once"],
        orders=crew["orders"],
        broken=crew["broken"],
        busiest=datetime.fromisoformat(busiest) if busiest else None,
        busy_percent=round(crew["busy_share"] * 100),
    )


def stick(found: Mapping[str, Any]) -> Stick:
    """One thing it stuck at, in a sentence, and what would have helped, in another."""
    says, helps = _SAYS[found["what"]](found)
    return Stick(
        at=datetime.fromisoformat(found["at"]),
        says=says,
        helps=helps,
        shape="late" if found["what"] in ("late_money", "open") else "broken",
    )


def _shelf(found: Mapping[str, Any]) -> tuple[str, str]:
    says = ngettext(
        "%(name)s ran out; %(n)s order could not be served.",
        "%(name)s ran out; %(n)s orders could not be served.",
        found["orders"],
    ) % {"name": found["name"], "n": found["orders"]}
    helps = ngettext(
        "%(n)s code more on its shelf would have been enough.",
        "%(n)s codes more on its shelf would have been enough.",
        found["codes"],
    ) % {"n": found["codes"]}
    return says, helps


def _crew(found: Mapping[str, Any]) -> tuple[str, str]:
    crew = words.of(PLACES, found["crew"])
    says = ngettext(
        "%(crew)s, %(at_once)s at once: %(n)s date was broken.",
        "%(crew)s, %(at_once)s at once: %(n)s dates were broken.",
        found["broken"],
    ) % {"crew": crew, "at_once": found["at_once"], "n": found["broken"]}
    anyway, enough = found["broken_anyway"], found["enough"]
    if not anyway:
        return says, _("With %(n)s at once none would have been.") % {"n": enough}
    if enough > found["at_once"]:
        return says, ngettext(
            "With %(enough)s at once %(n)s would be left: it falls outside their hours, or its "
            "work takes longer than its date allows.",
            "With %(enough)s at once %(n)s would be left: they fall outside their hours, or their "
            "work takes longer than their date allows.",
            anyway,
        ) % {"enough": enough, "n": anyway}
    return says, _(
        "More people would not have helped: these fall outside their hours, or their work takes "
        "longer than their date allows. Longer hours or later dates would."
    )


def _dates(found: Mapping[str, Any]) -> tuple[str, str]:
    says = ngettext(
        "%(place)s: %(n)s date was broken.", "%(place)s: %(n)s dates were broken.", found["orders"]
    ) % {"place": words.of(PLACES, found["place"]), "n": found["orders"]}
    return says, ""


def _late_money(found: Mapping[str, Any]) -> tuple[str, str]:
    says = ngettext(
        "Money came for %(n)s order that had expired.",
        "Money came for %(n)s orders that had expired.",
        found["orders"],
    ) % {"n": found["orders"]}
    return says, _("A longer time to pay would have kept their goods for them.")


def _open(found: Mapping[str, Any]) -> tuple[str, str]:
    says = ngettext(
        "%(n)s order was still open a day later.",
        "%(n)s orders were still open a day later.",
        found["orders"],
    ) % {"n": found["orders"]}
    return says, ""


_SAYS = {
    "shelf": _shelf, "crew": _crew, "dates": _dates, "late_money": _late_money, "open": _open,
}  # fmt: skip


def _pace(machine: Mapping[str, Any]) -> str:
    """What this machine can do, beside what the busiest minute asked of it."""
    placed = machine.get("per_s", {}).get("placed")
    if not placed:
        return ""
    asked = machine["busiest_minute"] / 60
    params = {"asked": f"{asked:.1f}", "placed": f"{placed:.0f}"}
    if asked > placed:
        return _(
            "The busiest minute asks for %(asked)s orders a second; one process took %(placed)s a "
            "second here, so orders would queue at the door."
        ) % params  # fmt: skip
    return _(
        "The busiest minute asks for %(asked)s orders a second; one process took %(placed)s a "
        "second here."
    ) % params  # fmt: skip
