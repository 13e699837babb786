"""Which supplier is asked first: what can be asked now, in order, each with its reason.

An offer is left out when its supplier is paused, tripped or in maintenance, was excluded by the
caller (it failed before), cannot sell so many, or is kept for surges. The rest is ordered by:
trusted before being tried out, in time before late, the shop's own rank, then price divided by
reliability, then speed. Weaknesses: reliability of an unknown supplier is taken as 90%; time is the
measured ninth decile where there are 20 purchases of it and the supplier's own word before that.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from daoda.kit import money
from daoda.records.promises import rules as promises
from daoda.trade.suppliers.rules.health import Counts
from daoda.trade.suppliers.states import BUYABLE

MEASURED_MIN = 20
# The prior of reliability: nine successes of ten.
_PRIOR_GOOD, _PRIOR = 9, 10

Why = Literal["only", "rank", "price", "health", "speed", "in_time", "emergency", "late", "probing"]
WhyNot = Literal[
    "excluded", "paused", "tripped", "maintenance", "emergency", "quantity", "disabled", "balance"
]


@dataclass(frozen=True)
class OfferTerms:
    """An offer as plain values; see ``models.Offer``."""

    offer_id: uuid.UUID
    supplier_id: uuid.UUID
    goods: str
    unit_cost_hao: int
    guard_percent: int = 0
    quantity_max: int | None = None
    rank: int = 0
    enabled: bool = True

    @property
    def unit_max_hao(self) -> int:
        """The most a piece may cost, guard included."""
        return self.unit_cost_hao * (100 + self.guard_percent) // 100

    def cost_max_fen(self, quantity: int) -> int:
        """The most a purchase may cost, guard included."""
        hundredths = self.unit_cost_hao * quantity * (100 + self.guard_percent)
        return -(-hundredths // (100 * money.HAO_PER_FEN))


@dataclass(frozen=True)
class Standing:
    """How a supplier stands now: its state, its word, what was measured, when it rests."""

    state: str
    promise_s: int
    purchases: Counts = field(default_factory=Counts)
    windows: tuple[promises.Window, ...] = ()
    emergency: bool = False
    balance_fen: int | None = None

    @property
    def takes_s(self) -> int:
        """Seconds a purchase takes: measured at nine of ten, else the supplier's own word."""
        measured = self.purchases.quantile_ms(0.9)
        if measured is None or self.purchases.succeeded < MEASURED_MIN:
            return self.promise_s
        return max(1, measured // 1000)

    @property
    def reliability(self) -> float:
        counts = self.purchases
        return (counts.succeeded + _PRIOR_GOOD) / (counts.total + _PRIOR)


@dataclass(frozen=True)
class Way:
    """One offer to try. ``why`` says what put it where it is; ``expected_at`` is an estimate."""

    terms: OfferTerms
    why: Why
    expected_at: datetime
    late: bool = False


@dataclass(frozen=True)
class LeftOut:
    """One offer not to try now; ``until`` where a window says when it may be again."""

    terms: OfferTerms
    why: WhyNot
    until: datetime | None = None


@dataclass(frozen=True)
class Route:
    """``ways`` in the order in which to try them."""

    ways: tuple[Way, ...]
    left_out: tuple[LeftOut, ...]


def route(
    offers: Sequence[OfferTerms],
    health: Mapping[uuid.UUID, Standing],
    *,
    now: datetime,
    zone: ZoneInfo,
    quantity: int = 1,
    needed_by: datetime | None = None,
    excluded: AbstractSet[uuid.UUID] = frozenset(),
    surge: bool = False,
) -> Route:
    """The offers in order, and those left out. ``excluded`` are suppliers.

    Suppliers kept for surges are used in a surge, or when nobody else is left.
    """
    left_out: list[LeftOut] = []
    found: list[Way] = []
    kept: list[Way] = []
    for terms in offers:
        standing = health[terms.supplier_id]
        if refusal := _refusal(terms, standing, now, zone, quantity, excluded):
            left_out.append(refusal)
            continue
        way = _way(terms, standing, now, zone, needed_by)
        (kept if standing.emergency else found).append(way)
    if surge or not found:
        found, kept = found + kept, []
    left_out += [LeftOut(way.terms, "emergency") for way in kept]
    found.sort(key=lambda way: _order(way, health[way.terms.supplier_id]))
    return Route(tuple(_explained(found, health)), tuple(left_out))


def _refusal(
    terms: OfferTerms,
    standing: Standing,
    now: datetime,
    zone: ZoneInfo,
    quantity: int,
    excluded: AbstractSet[uuid.UUID],
) -> LeftOut | None:
    if not terms.enabled:
        return LeftOut(terms, "disabled")
    if terms.supplier_id in excluded:
        return LeftOut(terms, "excluded")
    if standing.state not in BUYABLE:
        return LeftOut(terms, "paused" if standing.state == "paused" else "tripped")
    if until := resting_until(standing.windows, now, zone):
        return LeftOut(terms, "maintenance", until)
    if terms.quantity_max is not None and quantity > terms.quantity_max:
        return LeftOut(terms, "quantity")
    cost_fen = money.cost_fen(terms.unit_cost_hao, quantity)
    if standing.balance_fen is not None and standing.balance_fen < cost_fen:
        return LeftOut(terms, "balance")
    return None


def resting_until(
    windows: Sequence[promises.Window], now: datetime, zone: ZoneInfo
) -> datetime | None:
    """The end of the maintenance that is on now; None when none is."""
    local = now.astimezone(zone)
    ends: list[datetime] = []
    for window in windows:
        whole_evening = window.ends == datetime.min.time()
        if window.speed or local.weekday() not in window.days:
            continue
        if window.starts <= local.time() and (whole_evening or local.time() < window.ends):
            day = local.date() + timedelta(days=1) if whole_evening else local.date()
            ends.append(datetime.combine(day, window.ends, zone).astimezone(UTC))
    return max(ends, default=None)


def _way(
    terms: OfferTerms,
    standing: Standing,
    now: datetime,
    zone: ZoneInfo,
    needed_by: datetime | None,
) -> Way:
    rule = promises.Rule("supplying", standing.takes_s, standing.windows, 0)
    expected_at = promises.due(now, rule, zone).due_at
    late = needed_by is not None and expected_at > needed_by
    return Way(terms, "price", expected_at, late)


def _order(way: Way, standing: Standing) -> tuple[bool, bool, bool, int, float, datetime, int]:
    return (
        standing.state == "probing",
        way.late,
        standing.emergency,
        way.terms.rank,
        way.terms.unit_cost_hao / standing.reliability,
        way.expected_at,
        way.terms.offer_id.int,
    )


def _explained(found: Sequence[Way], health: Mapping[uuid.UUID, Standing]) -> list[Way]:
    """Each way with what set it before the next one; the last with what set it behind."""
    explained: list[Way] = []
    for position, way in enumerate(found):
        other = found[position + 1] if position + 1 < len(found) else None
        why = _why(way, health, other, last=other is None and position > 0)
        explained.append(Way(way.terms, why, way.expected_at, way.late))
    return explained


def _why(way: Way, health: Mapping[uuid.UUID, Standing], other: Way | None, *, last: bool) -> Why:
    standing = health[way.terms.supplier_id]
    if standing.state == "probing":
        return "probing"
    if way.late:
        return "late"
    if standing.emergency:
        return "emergency"
    if other is None:
        return "price" if last else "only"
    if other.late:
        return "in_time"
    if way.terms.rank != other.terms.rank:
        return "rank"
    if way.terms.unit_cost_hao < other.terms.unit_cost_hao:
        return "price"
    if standing.reliability > health[other.terms.supplier_id].reliability:
        return "health"
    return "speed" if way.expected_at < other.expected_at else "price"
