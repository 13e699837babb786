"""What is left of our money with suppliers: read by schedule, told of when it runs low."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from daoda.kit import http, sql
from daoda.kit.configs import ConfigProblem
from daoda.records.journal import actions as journal
from daoda.trade.suppliers.actions import opening, outcomes, slots
from daoda.trade.suppliers.adapters.base import NotOffered, SupplierAdapter
from daoda.trade.suppliers.models import Supplier

SQL = sql.load("daoda.trade.suppliers")
EVERY = timedelta(minutes=5)
WHEN_LOW = timedelta(minutes=1)
WHILE_PROBING = timedelta(seconds=20)
NEVER_OFFERED = timedelta(days=1)
BATCH = 20
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Read:
    """A balance as it was read; ``fen`` None says why not in ``detail``."""

    fen: int | None
    detail: str
    duration_ms: int


def read_due(*, now: datetime) -> int:
    """Read the balances that are due; how many were asked for. Not inside a transaction."""
    claimed = sql.rows(
        SQL.claim_balances, {"now": now, "next_at": now + EVERY, "limit_rows": BATCH}
    )
    suppliers = list(Supplier.everywhere.filter(pk__in=[row[0] for row in claimed]))
    asked: list[tuple[Supplier, SupplierAdapter, http.Call]] = []
    for supplier in suppliers:
        try:
            adapter = opening.adapter_of(supplier)
            asked.append((supplier, adapter, adapter.balance(now=now)))
        except (NotOffered, ConfigProblem):
            Supplier.everywhere.filter(pk=supplier.pk).update(balance_next_at=now + NEVER_OFFERED)
    taken = slots.take_slots(
        wanted={supplier.pk: 1 for supplier, _, _ in asked},
        shop_ids={supplier.pk: supplier.shop_id for supplier, _, _ in asked},
        lease_s=TIMEOUT_S * 2, now=now, buying=False,
    )  # fmt: skip
    going = [one for one in asked if taken[one[0].pk].count]
    started = monotonic()
    answers = http.send_all([call for _, _, call in going], timeout_s=TIMEOUT_S)
    # Of the slowest of the batch: a balance says little of speed, and must not flatter it.
    took_ms = int((monotonic() - started) * 1000)
    for (supplier, adapter, _), answer in zip(going, answers, strict=True):
        found = adapter.read_balance(answer=answer, now=now)
        note(supplier_id=supplier.pk, read=Read(found.fen, found.detail, took_ms), now=now)
    slots.give_back(ended={taken[supplier.pk].lease_id: 1 for supplier, _, _ in going})
    return len(going)


def note(*, supplier_id: uuid.UUID, read: Read, now: datetime) -> None:
    """Keep a balance, count the call, and say so when it fell below the line or rose above it."""
    with transaction.atomic():
        supplier: Supplier = Supplier.everywhere.select_for_update().get(pk=supplier_id)
        outcomes.record_outcomes(
            outcomes=[
                outcomes.Outcome(
                    supplier_id, "call", "unknown" if read.fen is None else "succeeded",
                    read.duration_ms, now,
                )
            ]
        )  # fmt: skip
        if read.fen is not None:
            supplier.balance_fen, supplier.balance_at = read.fen, now
        low = supplier.balance_fen is not None and supplier.balance_fen < supplier.warn_below_fen
        supplier.balance_next_at = now + _pause(supplier, low=low)
        if low != bool(supplier.warned_at):
            supplier.warned_at = now if low else None
            _tell(supplier, low=low, now=now)
        supplier.save(update_fields=["balance_fen", "balance_at", "balance_next_at", "warned_at"])


def _pause(supplier: Supplier, *, low: bool) -> timedelta:
    if supplier.state == "probing":
        return WHILE_PROBING
    return WHEN_LOW if low else EVERY


def _tell(supplier: Supplier, *, low: bool, now: datetime) -> None:
    journal.write(
        kind="supplier.balance_low" if low else "supplier.balance_restored",
        subject="supplier", subject_id=supplier.pk, shop_id=supplier.shop_id,
        actor="machine:suppliers", at=now,
        data={"balance_fen": supplier.balance_fen, "warn_below_fen": supplier.warn_below_fen},
    )  # fmt: skip
