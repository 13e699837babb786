"""The shelves, and imports on their way to them, as the desk shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web import moments
from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.queries import words
from daoda.doors.web.operator.queries.waiting import variant_name
from daoda.doors.web.pieces import Shape
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import queries as stock
from daoda.trade.stock.models import Import
from daoda.trade.stock.states import IMPORT

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHELVES_MAX = 500
THRESHOLD_AT_FIRST = 10
IMPORT_STATES: Mapping[str, StrOrPromise] = {
    "received": gettext_lazy("Received, the worker reads it next"),
    "checking": gettext_lazy("Reading line by line"),
    "ready": gettext_lazy("Checked: you decide about the bad lines"),
    "importing": gettext_lazy("Being put on the shelf, all at once"),
    "imported": gettext_lazy("On the shelf"),
    "refused": gettext_lazy("Nothing was imported"),
}
REFUSALS: Mapping[str, StrOrPromise] = {
    "bad_lines": gettext_lazy("Some lines were bad, and you chose all or nothing."),
    "no_good_lines": gettext_lazy("There was no good line in it."),
    "not_decided": gettext_lazy("Nobody decided by the date, so it was dropped."),
    "abandoned": gettext_lazy("Somebody chose to import nothing."),
    "failed": gettext_lazy("The worker failed at it several times; the list was not touched."),
    "empty": gettext_lazy("There is not a single code in it."),
    "too_big": gettext_lazy("It is larger than 16 MB. Split it into several files."),
    "too_many_lines": gettext_lazy("It has more than 200,000 lines. Split it."),
    "no_secret_column": gettext_lazy("No column of the CSV is named as the code or the secret."),
    "no_separator": gettext_lazy("It was not said what stands between card and secret."),
}
BAD_LINES: Mapping[str, StrOrPromise] = {
    "encoding": gettext_lazy("neither UTF-8 nor GB 18030"),
    "too_long": gettext_lazy("longer than 2,000 characters"),
    "control_character": gettext_lazy("an invisible or damaged character"),
    "columns": gettext_lazy("not the number of parts the others have"),
    "empty_part": gettext_lazy("a part of it is empty"),
    "quotes": gettext_lazy("its quotes do not close"),
    "expiry_unreadable": gettext_lazy("its date cannot be read"),
    "expired": gettext_lazy("its last day is over"),
    "twice": gettext_lazy("stands in this list twice"),
    "in_stock": gettext_lazy("is in stock already"),
}
LAYOUTS: Mapping[str, StrOrPromise] = {
    "lines": gettext_lazy("one code per line"),
    "split": gettext_lazy("card and secret, separated by “%(separator)s”"),
    "csv": gettext_lazy("CSV with headers"),
}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """How many codes of a variant may still be sold, and whether that is few."""

    href: str
    name: str
    on_sale: bool
    available: int
    owed: int
    threshold: int
    shape: Shape
    says: str


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A bad line of a list: its number and why; the line itself may be a code and is not kept."""

    line: int
    why: str
    other_line: int


@dataclass(frozen=True, kw_only=True)
class ShownImport:
    """An import: how far it is, what is good, what is bad, and who has it by when."""

    row: Import
    href: str
    name: str
    state: str
    shape: Shape
    open: bool
    decides: bool
    percent: int
    left: str
    owner: str
    by: str
    due_at: datetime | None
    read_as: str
    good: int | None
    refusal: str
    counts: tuple[tuple[str, int], ...]
    bad: tuple[Bad, ...]
    bad_left_off: int


def shelves() -> tuple[Shelf, ...]:
    """The shelf of every variant sold as codes, the ones on sale with the fewest first."""
    rows = (
        Variant.objects.filter(product__kind="code")
        .select_related("product", "level")
        .annotate(on_sale=Q(published=True) & Q(product__published=True))
        .order_by("-on_sale", F("level__available").asc(nulls_first=True), "pk")
    )
    return tuple(shelf(row) for row in rows[:SHELVES_MAX])


def shelf(row: Variant) -> Shelf:
    """The shelf of one variant; one that never had a code has an empty one."""
    level = getattr(row, "level", None)
    available = level.available if level else 0
    threshold = level.low_threshold if level else THRESHOLD_AT_FIRST
    on_sale = row.published and row.product.published
    shape: Shape
    if not on_sale:
        shape, says = "skipped", _("not on sale")
    elif available == 0:
        shape, says = "broken", _("sold out")
    elif available <= threshold:
        shape, says = "late", _("low")
    else:
        shape, says = "done", _("in stock")
    return Shelf(
        href=reverse("desk:stock_of", args=[row.pk]),
        name=variant_name(row),
        on_sale=on_sale,
        available=available,
        owed=level.owed if level else 0,
        threshold=threshold,
        shape=shape,
        says=says,
    )


def takes_codes() -> list[Variant]:
    """The variants codes can be imported for, those on sale first."""
    rows = Variant.objects.filter(product__kind="code").select_related("product")
    return list(rows.order_by("-product__published", "product__rank", "product_id", "rank", "pk"))


def places(variant_id: UUID) -> list[tuple[str, int]]:
    """Where the codes of a variant are, in words."""
    found = stock.places(variant_id)
    return [(words.of(words.PLACES, place), found.get(place, 0)) for place in words.PLACES]


def shown(rows: list[Import], *, now: datetime) -> tuple[ShownImport, ...]:
    """Imports in words."""
    staff = staff_names([text for row in rows for text in (row.owner or "", row.actor)])
    return tuple(_shown(row, staff, now) for row in rows)


def _shown(row: Import, staff: Mapping[str, str], now: datetime) -> ShownImport:
    report = row.report or {}
    late = row.promised_at is not None and row.promised_at <= now
    is_open = row.state not in IMPORT.closed
    layout = words.of(LAYOUTS, report.get("layout"))
    return ShownImport(
        row=row,
        href=reverse("desk:import", args=[row.pk]),
        name=variant_name(row.variant),
        state=words.of(IMPORT_STATES, row.state),
        shape="late" if row.state == "ready" else words.shape(row.state, late=late),
        open=is_open,
        decides=row.state == "ready",
        percent=_percent(row),
        left=_left(row, now) if is_open else "",
        owner=words.owner(row.owner, staff=staff) if row.owner else "",
        by=words.actor(row.actor, staff=staff),
        due_at=row.promised_at,
        read_as=layout % {"separator": _visible(report.get("separator", ""))} if layout else "",
        good=report.get("good"),
        refusal=words.of(REFUSALS, row.refusal),
        counts=tuple(
            (words.of(BAD_LINES, code), number)
            for code, number in sorted(report.get("counts", {}).items())
        ),
        bad=tuple(
            Bad(line=line, why=words.of(BAD_LINES, code), other_line=other)
            for line, code, other in report.get("lines", [])
        ),
        bad_left_off=report.get("lines_left_off", 0),
    )


def _percent(row: Import) -> int:
    if row.state in ("ready", "importing", "imported"):
        return 100
    return row.lines_done * 100 // row.lines_total if row.lines_total else 0


def _left(row: Import, now: datetime) -> str:
    """How long the reading will still take, from how long it took so far."""
    if row.state != "checking" or not row.lines_done or row.lines_done >= row.lines_total:
        return ""
    spent = now - row.received_at
    left = spent * (row.lines_total - row.lines_done) / row.lines_done
    if left < timedelta(seconds=2):
        return _("almost done")
    return _("about %(span)s left") % {"span": moments.span(left)}


def _visible(separator: str) -> str:
    return {"\t": _("tab"), " ": _("blank")}.get(separator, separator)
