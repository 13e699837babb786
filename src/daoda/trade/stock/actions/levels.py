"""How many codes may still be sold: reserved, released, warned of."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from daoda.kit import sql
from daoda.records.journal import actions as journal
from daoda.trade.stock import rules
from daoda.trade.stock.models import Level
from daoda.trade.stock.rules import Need

SQL = sql.load("daoda.trade.stock")
LOW_THRESHOLD_DEFAULT = 10
LOW_THRESHOLD_MAX = 1_000_000


def reserve(*, variant_id: uuid.UUID, quantity: int) -> bool:
    """Promise ``quantity`` codes to an order, in its transaction; False when there are not so many.

    The level stays locked until the transaction ends, so this comes late in it. ValueError for
    a quantity below one.
    """
    _check_quantity(quantity)
    return bool(sql.count(SQL.reserve, {"variant_id": variant_id, "quantity": quantity}))


def reserve_many(*, needs: Sequence[Need]) -> set[uuid.UUID]:
    """Reserve for as many orders as there are codes, in the order given; the ids of those orders.

    An order too large for what is left does not keep smaller ones behind it waiting.
    """
    found = sql.rows(SQL.lock_levels, {"variant_ids": sorted({need.variant_id for need in needs})})
    granted = rules.allot(needs, {variant_id: range(available) for variant_id, available in found})
    used: Counter[uuid.UUID] = Counter()
    for need in needs:
        if need.order_id in granted:
            used[need.variant_id] += need.quantity
    shift_levels({variant_id: -quantity for variant_id, quantity in used.items()})
    return set(granted)


def release(*, variant_id: uuid.UUID, quantity: int) -> None:
    """An order gives back what was reserved for it; exactly once, which its own move guards."""
    release_many({variant_id: quantity})


def release_many(quantities: Mapping[uuid.UUID, int]) -> None:
    """Give back reservations of several variants, locking their levels in one order."""
    for quantity in quantities.values():
        _check_quantity(quantity)
    shift_levels(quantities)


def set_low_threshold(
    *, variant_id: uuid.UUID, low_threshold: int, actor: str, now: datetime
) -> None:
    """Warn when so many codes or fewer may still be sold. ValueError outside 0 to a million."""
    if not 0 <= low_threshold <= LOW_THRESHOLD_MAX:
        raise ValueError(f"a threshold is 0 to {LOW_THRESHOLD_MAX}")
    with transaction.atomic():
        ensure_levels([variant_id])
        level = Level.everywhere.select_for_update().get(pk=variant_id)
        before, level.low_threshold = level.low_threshold, low_threshold
        level.save(update_fields=["low_threshold"])
        _tell("stock.threshold_set", level, actor, now, {"before": before, "after": low_threshold})


def warn_low(*, now: datetime) -> int:
    """Tell of levels that sank to their threshold, and of those that rose again; how many."""
    with transaction.atomic():
        crossed = sql.rows(SQL.note_low)
        for variant_id, shop_id, available, low_threshold, is_low in crossed:
            level = Level(variant_id=variant_id, shop_id=shop_id)
            told = {"available": available, "low_threshold": low_threshold}
            _tell("stock.low" if is_low else "stock.refilled", level, "machine:stock", now, told)
    return len(crossed)


def ensure_levels(variant_ids: Sequence[uuid.UUID]) -> None:
    """Make levels where there are none."""
    params = {"variant_ids": list(variant_ids), "low_threshold": LOW_THRESHOLD_DEFAULT}
    sql.count(SQL.ensure_levels, params)


def shift_levels(shifts: Mapping[uuid.UUID, int]) -> None:
    """Codes came (+) or left (-), or promises ended (+); see the package's page for ``owed``."""
    ordered = sorted((variant_id, shift) for variant_id, shift in shifts.items() if shift)
    if ordered:
        params = {
            "variant_ids": [variant_id for variant_id, _ in ordered],
            "shifts": [shift for _, shift in ordered],
        }
        sql.count(SQL.shift_levels, params)


def _check_quantity(quantity: int) -> None:
    if quantity < 1:
        raise ValueError(f"quantity {quantity} is below one")


def _tell(kind: str, level: Level, actor: str, now: datetime, data: Mapping[str, int]) -> None:
    journal.write(
        kind=kind,
        subject="variant",
        subject_id=level.variant_id,
        shop_id=level.shop_id,
        actor=actor,
        at=now,
        data=data,
    )
