"""The breaker: stops buying from a supplier that fails, tries it again by date, lets it go on.

A minute is the finest count there is, so what happened in the minute of a change of state is
looked at by neither side of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from daoda.kit import sql
from daoda.records.journal import actions as journal
from daoda.trade.suppliers import queries
from daoda.trade.suppliers.actions import managing
from daoda.trade.suppliers.models import Supplier
from daoda.trade.suppliers.rules import health

SQL = sql.load("daoda.trade.suppliers")
MACHINE = "machine:suppliers"


def judge(*, now: datetime) -> int:
    """Trip who fails, try who rested, let go who works again; how many changed."""
    return _trip(now) + _try(now) + _decide(now) + _resume(now)


def _trip(now: datetime) -> int:
    since = health.minute(now - health.LOOKS_BACK)
    called = [supplier_id for (supplier_id,) in sql.rows(SQL.recently_called, {"since": since})]
    tripped = 0
    for supplier in Supplier.everywhere.filter(pk__in=called, state="working"):
        calls, purchases = _counts(supplier, max(since, _next_minute(supplier.since)))
        limits = health.Limits(supplier.unknown_percent, supplier.failure_percent)
        if reason := health.tripping(calls, purchases, limits):
            tripped += _open(supplier, reason, now)
    return tripped


def _try(now: datetime) -> int:
    """Rest is over: a few calls may be made, and the balance is asked for at once."""
    tried = 0
    for supplier in _due("tripped", now):
        tried += _move(
            supplier, now,
            kind="supplier.probed", reason=supplier.reason, state="probing",
            node="recovery", owner=MACHINE, promised_at=now + health.PROBING,
            balance_next_at=now,
        )  # fmt: skip
    return tried


def _decide(now: datetime) -> int:
    decided = 0
    for supplier in Supplier.everywhere.filter(state="probing"):
        calls, _ = _counts(supplier, _next_minute(supplier.since))
        verdict = health.probed(calls)
        if verdict == "mended":
            reason = f"{calls.succeeded} calls answered clearly"
            decided += _move(
                supplier, now,
                kind="supplier.recovered", reason=reason, state="working", node=None, owner=None,
                promised_at=None, trips=0,
            )  # fmt: skip
        elif verdict == "tripped":
            decided += _open(supplier, "an unclear answer while it was tried", now)
        elif supplier.promised_at and supplier.promised_at <= now:
            # Nobody called: nothing is known yet, so the try goes on with a new date.
            Supplier.everywhere.filter(pk=supplier.pk, state="probing").update(
                promised_at=now + health.PROBING
            )
    return decided


def _resume(now: datetime) -> int:
    return sum(
        managing.resume(supplier_id=supplier.pk, reason="its date has come", actor=MACHINE, now=now)
        for supplier in _due("paused", now)
    )


def _open(supplier: Supplier, reason: str, now: datetime) -> int:
    trips = supplier.trips + 1
    return _move(
        supplier, now,
        kind="supplier.tripped", reason=reason, state="tripped", node="recovery", owner=MACHINE,
        promised_at=now + health.rest(trips), trips=trips,
    )  # fmt: skip


def _move(
    supplier: Supplier, now: datetime, *, kind: str, reason: str, state: str, **columns: object
) -> int:
    with transaction.atomic():
        kept = "" if state == "working" else reason[:200]
        moved: int = Supplier.everywhere.filter(pk=supplier.pk, state=supplier.state).update(
            state=state, since=now, reason=kept, **columns
        )
        if moved:
            due = columns.get("promised_at")
            journal.write(
                kind=kind, subject="supplier", subject_id=supplier.pk, shop_id=supplier.shop_id,
                actor=MACHINE, at=now,
                data={
                    "reason": reason,
                    "until": due.isoformat() if isinstance(due, datetime) else None,
                },
            )  # fmt: skip
    return moved


def _due(state: str, now: datetime) -> Iterable[Supplier]:
    found: Iterable[Supplier] = Supplier.everywhere.filter(state=state, promised_at__lte=now)
    return found


def _counts(supplier: Supplier, since: datetime) -> tuple[health.Counts, health.Counts]:
    counted = queries.counts_of([supplier.pk], since=since, span="minute")
    return _pair(counted, supplier.pk)


def _pair(
    counted: dict[tuple[uuid.UUID, str], health.Counts], supplier_id: uuid.UUID
) -> tuple[health.Counts, health.Counts]:
    """Calls and purchases of one supplier, empty where nothing was counted."""
    nothing = health.Counts()
    return (
        counted.get((supplier_id, "call"), nothing),
        counted.get((supplier_id, "purchase"), nothing),
    )


def _next_minute(at: datetime) -> datetime:
    return health.minute(at) + timedelta(minutes=1)
