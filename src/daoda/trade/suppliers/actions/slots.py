"""Slots: who may call a supplier now, however many workers there are.

A lease counts the calls of one batch of one worker; the worker gives back what has ended, and a
lease whose time is over counts no more, so that nobody's crash takes a slot away for good.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from daoda.kit import ids, sql
from daoda.trade.suppliers.models import Lease
from daoda.trade.suppliers.rules import slots as rules

SQL = sql.load("daoda.trade.suppliers")


@dataclass(frozen=True)
class Slots:
    """``count`` calls may be made until ``until``; without any, none before ``retry_at``."""

    lease_id: uuid.UUID
    count: int
    until: datetime
    retry_at: datetime | None = None


def take_slots(
    *,
    wanted: Mapping[uuid.UUID, int],
    shop_ids: Mapping[uuid.UUID, uuid.UUID],
    lease_s: float,
    now: datetime,
    buying: bool = True,
) -> dict[uuid.UUID, Slots]:
    """Slots for calls by supplier: as many of the wanted ones as limits allow, maybe none.

    ``buying`` False is for questions (queries, balances): they are asked of a paused or tripped
    supplier too. ``lease_s`` must be longer than the longest call. Commits by itself unless the
    caller holds a transaction; hold none for long, other workers wait for the same suppliers.
    """
    asked = sorted(supplier_id for supplier_id, count in wanted.items() if count > 0)
    if not asked:
        return {}
    until = now + timedelta(seconds=lease_s)
    granted: dict[uuid.UUID, Slots] = {}
    spent: dict[uuid.UUID, datetime] = {}
    with transaction.atomic():
        for supplier_id, limit in _limits(asked, now).items():
            given = rules.grant(limit, wanted=wanted[supplier_id], buying=buying, now=now)
            granted[supplier_id] = Slots(ids.uuid7(now), given.count, until, given.retry_at)
            if given.count:
                spent[supplier_id] = given.spent_until
        if spent:
            sql.count(
                SQL.spend, {"supplier_ids": list(spent), "spent_untils": list(spent.values())}
            )
        Lease.everywhere.bulk_create(
            Lease(
                id=slots.lease_id, shop_id=shop_ids[supplier_id], supplier_id=supplier_id,
                slots=slots.count, until=until,
            )
            for supplier_id, slots in granted.items() if slots.count
        )  # fmt: skip
    return granted


def give_back(*, ended: Mapping[uuid.UUID, int]) -> None:
    """Calls have ended, by lease: their places are free at once."""
    if not ended:
        return
    leases = sorted(ended)
    with transaction.atomic():
        sql.count(
            SQL.give_back, {"lease_ids": leases, "counts": [ended[lease] for lease in leases]}
        )
        sql.count(SQL.drop_empty, {"lease_ids": leases})


def _limits(supplier_ids: list[uuid.UUID], now: datetime) -> dict[uuid.UUID, rules.Limit]:
    params = {"supplier_ids": supplier_ids, "now": now}
    locked = sql.rows(SQL.lock_paces, params)
    sql.count(SQL.drop_leases, params)
    in_flight: dict[uuid.UUID, int] = dict(sql.rows(SQL.in_flight, params))
    return {
        supplier_id: rules.Limit(
            state=state,
            concurrency=concurrency,
            calls_per_minute=per_minute,
            in_flight=in_flight.get(supplier_id, 0),
            spent_until=spent_until,
        )
        for supplier_id, spent_until, state, concurrency, per_minute in locked
    }
