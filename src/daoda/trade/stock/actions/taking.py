"""Codes leave the shelf for paid orders, in sets."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from daoda.kit import sql
from daoda.trade.stock import rules
from daoda.trade.stock.rules import Need

SQL = sql.load("daoda.trade.stock")
RECHECK_WAIT_MS_MAX = 250  # below PostgreSQL's deadlock_timeout: waiting here never ends in one
SWEEP_EVERY = timedelta(seconds=60)

Shelf = dict[uuid.UUID, list[uuid.UUID]]


class LostCodes(RuntimeError):
    """Codes were not on the shelf where their lock had shown them: nothing of it was taken."""


class LowWater:
    """Per variant the place on the shelf below which this process has taken everything.

    Only a hint for speed: entries of codes taken long ago need not be walked over again. A code
    that comes free below its mark (another transaction rolled back) is found by the sweep from
    zero at intervals, or by the recheck before a shortage is declared.
    """

    def __init__(self) -> None:
        self._marks: dict[uuid.UUID, int] = {}
        self._swept_at: datetime | None = None

    def marks(self, variant_ids: Sequence[uuid.UUID], now: datetime) -> list[int]:
        if self._swept_at is None or not timedelta(0) <= now - self._swept_at < SWEEP_EVERY:
            self.forget()
            self._swept_at = now
        return [self._marks.get(variant_id, 0) for variant_id in variant_ids]

    def forget(self) -> None:
        self._marks.clear()
        self._swept_at = None

    def rise(self, reached: Mapping[uuid.UUID, int]) -> None:
        for variant_id, seq in reached.items():
            self._marks[variant_id] = max(seq, self._marks.get(variant_id, 0))


low_water = LowWater()


def take(*, needs: Sequence[Need], now: datetime) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Bind codes to orders, each served whole or not at all; the codes by order.

    Earlier needs first. An order that is not in the answer could not be served: short. Levels
    do not change, because what is taken was reserved. In the caller's transaction.

    Weakness: codes that another transaction holds for longer than the recheck waits are missed
    if that transaction then rolls back; the shortage heals with the next round. Raises LostCodes.
    """
    if not needs:
        return {}
    quantities: Counter[uuid.UUID] = Counter()
    for need in needs:
        quantities[need.variant_id] += need.quantity
    with transaction.atomic(savepoint=False):
        claimed = _claim(quantities, now)
        shelf = {variant_id: [code_id for code_id, _ in row] for variant_id, row in claimed.items()}
        served = rules.allot(needs, shelf)
        if len(served) < len(needs):
            for variant_id, code_ids in _recheck(quantities, shelf, now).items():
                shelf[variant_id] = code_ids
                claimed.pop(variant_id, None)  # seen from zero: says nothing about the mark
            served = rules.allot(needs, shelf)
        _bind(served)
        transaction.on_commit(partial(low_water.rise, _reached(claimed, served)))
    return served


def _claim(
    quantities: Mapping[uuid.UUID, int], now: datetime
) -> dict[uuid.UUID, list[tuple[uuid.UUID, int]]]:
    """Free codes by variant, locked, each with its place on the shelf."""
    variant_ids = sorted(quantities)
    found = sql.rows(
        SQL.claim_codes,
        {
            "variant_ids": variant_ids,
            "quantities": [quantities[variant_id] for variant_id in variant_ids],
            "marks": low_water.marks(variant_ids, now),
            "now": now,
        },
    )
    claimed: dict[uuid.UUID, list[tuple[uuid.UUID, int]]] = {}
    for variant_id, code_id, seq in found:
        claimed.setdefault(variant_id, []).append((code_id, seq))
    return claimed


def _reached(
    claimed: Mapping[uuid.UUID, Sequence[tuple[uuid.UUID, int]]],
    served: Mapping[uuid.UUID, Sequence[uuid.UUID]],
) -> dict[uuid.UUID, int]:
    """Per variant the place of the first code that stayed, or the one after the last taken."""
    taken = {code_id for code_ids in served.values() for code_id in code_ids}
    return {
        variant_id: next((seq for code_id, seq in row if code_id not in taken), row[-1][1] + 1)
        for variant_id, row in claimed.items()
    }


def _recheck(quantities: Mapping[uuid.UUID, int], shelf: Shelf, now: datetime) -> Shelf:
    """Look once more, from zero and waiting a moment for codes that others hold."""
    missing = sorted(
        variant_id
        for variant_id, quantity in quantities.items()
        if len(shelf.get(variant_id, ())) < quantity
    )
    params = {
        "variant_ids": missing,
        "quantities": [quantities[variant_id] for variant_id in missing],
        "now": now,
    }
    ((before,),) = sql.rows("SELECT current_setting('lock_timeout')")
    try:
        with transaction.atomic():
            _set_lock_timeout(f"{RECHECK_WAIT_MS_MAX}ms")
            found = sql.rows(SQL.claim_codes_waiting, params)
            _set_lock_timeout(before)
    except OperationalError as problem:
        if isinstance(problem.__cause__, LockNotAvailable):
            return {}
        raise
    seen: Shelf = {}
    for variant_id, code_id, _ in found:
        seen.setdefault(variant_id, []).append(code_id)
    return seen


def _set_lock_timeout(value: str) -> None:
    sql.rows("SELECT set_config('lock_timeout', %(value)s, true)", {"value": value})


def _bind(served: Mapping[uuid.UUID, Sequence[uuid.UUID]]) -> None:
    code_ids = [code_id for codes in served.values() for code_id in codes]
    order_ids = [order_id for order_id, codes in served.items() for _ in codes]
    bound = sql.count(SQL.take_codes, {"code_ids": code_ids, "order_ids": order_ids})
    if bound != len(code_ids):
        raise LostCodes(f"{len(code_ids)} codes were locked and {bound} taken")
