"""Suppliers as the desk shows them: how each stands, did in the last day, and may be spoken to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.doors.web import moments
from daoda.doors.web.operator.queries import health_chart, words
from daoda.doors.web.pieces import Shape
from daoda.kit import money
from daoda.records.promises import rules as promises
from daoda.trade.suppliers import queries
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.adapters.base import Capability
from daoda.trade.suppliers.models import Offer, Supplier
from daoda.trade.suppliers.rules.health import Counts

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES: Mapping[str, StrOrPromise] = {
    "working": pgettext_lazy("supplier", "Bought from"),
    "paused": pgettext_lazy("supplier", "Paused"),
    "tripped": pgettext_lazy("supplier", "Stopped by its breaker"),
    "probing": pgettext_lazy("supplier", "Being tried again"),
}
SHAPES: Mapping[str, Shape] = {
    "working": "done", "paused": "skipped", "tripped": "broken", "probing": "doing",
}  # fmt: skip
POLICIES: Mapping[str, StrOrPromise] = {
    "wait": gettext_lazy("keep waiting, with a new date"),
    "elsewhere": gettext_lazy("buy elsewhere and claim the money back"),
    "refund": gettext_lazy("refund the buyer and book the loss"),
}
ADAPTERS: Mapping[str, StrOrPromise] = {
    "dujiao_next": gettext_lazy("Dujiao-Next site"),
    "kasushou": gettext_lazy("Kasushou API 2.0"),
    "recipe": gettext_lazy("By recipe"),
    "by_hand": gettext_lazy("People with a work list"),
}
# The days of a window, Monday first, as they stand in its stored form.
ALL_DAYS = list(range(7))


@dataclass(frozen=True, kw_only=True)
class Line:
    """A supplier in the list."""

    row: Supplier
    speaks: str
    state: str
    shape: Shape
    purchases: Counts
    calls: Counts
    took: str
    low: bool
    chart: health_chart.Chart


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Something one may set up: an adapter, or one with a shipped recipe."""

    code: str
    name: str
    about: str


@dataclass(frozen=True, kw_only=True)
class ShownOffer:
    """An offer with its prices as text."""

    row: Offer
    cost: str
    margin_percent: int | None


def lines(*, now: datetime) -> tuple[Line, ...]:
    """Every supplier of the shop, those in trouble first."""
    rows = list(Supplier.objects.order_by("name", "id"))
    hours = queries.by_hour([row.pk for row in rows], since=now - timedelta(hours=23))
    found = [line(row, hours, now=now) for row in rows]
    return tuple(sorted(found, key=lambda one: one.row.state == "working" and not one.low))


def line(
    row: Supplier,
    hours: Mapping[tuple[uuid.UUID, str], Mapping[datetime, Counts]],
    *,
    now: datetime,
) -> Line:
    """One supplier and its last day."""
    purchases, calls = hours.get((row.pk, "purchase"), {}), hours.get((row.pk, "call"), {})
    bought = _sum(purchases.values())
    took_ms = bought.quantile_ms(0.9)
    return Line(
        row=row,
        speaks=speaks(row),
        state=words.of(STATES, row.state),
        shape=SHAPES[row.state],
        purchases=bought,
        calls=_sum(calls.values()),
        took=length(took_ms) if took_ms is not None else "",
        low=row.warned_at is not None,
        chart=health_chart.draw(purchases, calls, now=now),
    )


def one(row: Supplier, *, now: datetime) -> Line:
    """One supplier, for its own page."""
    return line(row, queries.by_hour([row.pk], since=now - timedelta(hours=23)), now=now)


def length(ms: int) -> str:
    """A duration in words; below a second in milliseconds."""
    return f"{ms} ms" if ms < 1000 else moments.span(timedelta(milliseconds=ms))


def speaks(row: Supplier) -> str:
    """How one speaks with it: the adapter, or the recipe by its title."""
    if row.adapter == registry.RECIPE:
        return str(row.recipe.get("title") or words.of(ADAPTERS, row.adapter))
    return words.of(ADAPTERS, row.adapter)


def kinds() -> tuple[Kind, ...]:
    """What can be set up: adapters, shipped recipes, an empty recipe, people."""
    in_code = [
        Kind(code=code, name=words.of(ADAPTERS, code), about=_("Spoken to by a program of ours."))
        for code in registry.ADAPTERS
    ]
    shipped = [
        Kind(code=code, name=str(recipe["title"]), about=str(recipe.get("source", "")))
        for code, recipe in registry.shipped().items()
    ]
    return (*in_code, *shipped)


def offers_of(supplier: Supplier) -> tuple[ShownOffer, ...]:
    """What it sells us, by product."""
    rows = Offer.objects.filter(supplier=supplier).select_related("variant__product")
    return tuple(shown_offer(row) for row in rows.order_by("variant__product__title", "rank", "id"))


def shown_offer(row: Offer) -> ShownOffer:
    """An offer beside the price we sell at."""
    cost_fen = money.cost_fen(row.unit_cost_hao, 1)
    price_fen = row.variant.price_fen
    return ShownOffer(
        row=row,
        cost=money.unit_price(row.unit_cost_hao),
        margin_percent=100 * (price_fen - cost_fen) // price_fen,
    )


def can(capability: Capability) -> tuple[tuple[str, bool], ...]:
    """What its interface can do, in words; a "no" is work for people."""
    return (
        (_("a repeated order is recognised"), capability.idempotent_create),
        (_("can be asked by our number"), capability.query_by == "ours"),
        (_("sends notices"), capability.notices),
        (_("tells the balance"), capability.balance),
        (_("refuses above a price"), capability.price_guard != "none"),
        (_("says apart that money came back"), capability.refund_is_state),
    )


def windows_shown(stored: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Maintenance in words."""
    found = []
    for raw in stored:
        promises.parse_window(raw)
        days = raw.get("days", ALL_DAYS)
        when = _("every day") if days == ALL_DAYS else ", ".join(_day(day) for day in days)
        found.append(f"{when} {raw['starts']}–{raw['ends']}")
    return tuple(found)


def _day(day: int) -> str:
    return (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
        _("Sunday"),
    )[day]  # fmt: skip


def _sum(each: Any) -> Counts:
    totals = {"succeeded": 0, "failed": 0, "unknown": 0}
    buckets: dict[int, int] = {}
    for counts in each:
        for name in totals:
            totals[name] += getattr(counts, name)
        for position, count in counts.buckets.items():
            buckets[position] = buckets.get(position, 0) + count
    return Counts(**totals, buckets=buckets)
