"""Reading suppliers: what may be bought where, and how everybody does."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daoda.kit import sql
from daoda.records.promises import rules as promises
from daoda.records.shops.models import Shop
from daoda.trade.suppliers.models import Offer, Supplier
from daoda.trade.suppliers.rules import health, routing

SQL = sql.load(__package__)
# Purchases are judged over a day: most take minutes, some hours.
JUDGED_OVER = timedelta(hours=24)


@dataclass(frozen=True)
class Choice:
    """What ``rules.routing.route`` wants to know about one variant."""

    zone: ZoneInfo
    offers: tuple[routing.OfferTerms, ...]
    standings: dict[uuid.UUID, routing.Standing]

    def route(
        self,
        *,
        now: datetime,
        quantity: int = 1,
        needed_by: datetime | None = None,
        excluded: Collection[uuid.UUID] = (),
        surge: bool = False,
    ) -> routing.Route:
        return routing.route(
            self.offers, self.standings, now=now, zone=self.zone, quantity=quantity,
            needed_by=needed_by, excluded=frozenset(excluded), surge=surge,
        )  # fmt: skip


def offers_for(variant_id: uuid.UUID, *, now: datetime) -> Choice:
    """The offers of one variant; see ``offers_of``."""
    return offers_of([variant_id], now=now)[variant_id]


def offers_of(variant_ids: Sequence[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, Choice]:
    """The offers of variants and how their suppliers stand, in three reads for a whole batch."""
    offers = list(
        Offer.everywhere.filter(variant_id__in=set(variant_ids)).select_related("supplier")
    )
    suppliers = {offer.supplier_id: offer.supplier for offer in offers}
    shops = Shop.objects.in_bulk({supplier.shop_id for supplier in suppliers.values()})
    counted = counts_of(list(suppliers), since=now - JUDGED_OVER, span="hour")
    standings = {
        supplier_id: standing(supplier, counted.get((supplier_id, "purchase"), health.Counts()))
        for supplier_id, supplier in suppliers.items()
    }
    by_variant: dict[uuid.UUID, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_variant[offer.variant_id].append(offer)
    return {
        variant_id: _choice(by_variant[variant_id], standings, shops) for variant_id in variant_ids
    }


def _choice(
    offers: Sequence[Offer],
    standings: dict[uuid.UUID, routing.Standing],
    shops: dict[uuid.UUID, Shop],
) -> Choice:
    zone = ZoneInfo(shops[offers[0].shop_id].time_zone) if offers else ZoneInfo("UTC")
    return Choice(
        zone,
        tuple(terms(offer) for offer in offers),
        {offer.supplier_id: standings[offer.supplier_id] for offer in offers},
    )


def terms(offer: Offer) -> routing.OfferTerms:
    """An offer as plain values."""
    return routing.OfferTerms(
        offer_id=offer.pk,
        supplier_id=offer.supplier_id,
        goods=offer.goods,
        unit_cost_hao=offer.unit_cost_hao,
        guard_percent=offer.guard_percent,
        quantity_max=offer.quantity_max,
        rank=offer.rank,
        enabled=offer.enabled,
    )


def standing(supplier: Supplier, purchases: health.Counts) -> routing.Standing:
    """A supplier as routing sees it."""
    return routing.Standing(
        state=supplier.state,
        promise_s=supplier.promise_s,
        purchases=purchases,
        windows=tuple(promises.parse_window(window) for window in supplier.windows),
        emergency=supplier.emergency,
        balance_fen=supplier.balance_fen,
    )


def counts_of(
    supplier_ids: Sequence[uuid.UUID], *, since: datetime, span: str
) -> dict[tuple[uuid.UUID, str], health.Counts]:
    """What happened since then, by supplier and ``call`` or ``purchase``."""
    totals: dict[tuple[uuid.UUID, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    buckets: dict[tuple[uuid.UUID, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    starts = health.minute(since) if span == "minute" else health.hour(since)
    params = {"supplier_ids": list(supplier_ids), "span": span, "since": starts}
    for supplier_id, what, result, bucket, count in sql.rows(SQL.counted, params):
        totals[supplier_id, what][result] += count
        if result == "succeeded":
            buckets[supplier_id, what][bucket] += count
    return {
        key: health.Counts(**counts, buckets=dict(buckets[key])) for key, counts in totals.items()
    }


def by_hour(
    supplier_ids: Sequence[uuid.UUID], *, since: datetime
) -> dict[tuple[uuid.UUID, str], dict[datetime, health.Counts]]:
    """What happened in each hour since then, by supplier and ``call`` or ``purchase``."""
    totals: dict[tuple[uuid.UUID, str, datetime], dict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    buckets: dict[tuple[uuid.UUID, str, datetime], dict[int, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    params = {"supplier_ids": list(supplier_ids), "since": health.hour(since)}
    for supplier_id, what, starts_at, result, bucket, count in sql.rows(
        SQL.counted_by_hour, params
    ):
        totals[supplier_id, what, starts_at][result] += count
        if result == "succeeded":
            buckets[supplier_id, what, starts_at][bucket] += count
    found: dict[tuple[uuid.UUID, str], dict[datetime, health.Counts]] = defaultdict(dict)
    for key, counts in totals.items():
        supplier_id, what, starts_at = key
        found[supplier_id, what][starts_at] = health.Counts(**counts, buckets=dict(buckets[key]))
    return found
