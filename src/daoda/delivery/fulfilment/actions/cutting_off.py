"""The end of not knowing: at its dated cut-off a purchase is given up, and the loss is booked.

The order then goes on (another supplier, or its money back); the attempt stays open as a claim
on the supplier, with a person and a date, until the supplier's word or that person ends it.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.db import OperationalError, transaction

from daoda.delivery.fulfilment import rules
from daoda.delivery.fulfilment.actions import booking, moving
from daoda.delivery.fulfilment.actions.moving import ACTOR, PERSON, SQL, Change, Said
from daoda.delivery.fulfilment.actions.planning import free_orders
from daoda.delivery.fulfilment.rules import entries
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.kit import faults, sql
from daoda.trade.orders import actions as orders
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.payments import actions as payments
from daoda.trade.suppliers import actions as suppliers

SWEEP_ROWS = 200
CUTTABLE = frozenset({"accepted", "processing", "unknown"})
log = structlog.get_logger(__name__)


class CannotSettle(ValueError):
    """The attempt is not where this could be done, or its order moved meanwhile."""


def cut_off_due(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Decide about every purchase whose cut-off has passed; returns how many."""
    found = sql.rows(SQL.cut_offs_due, {"now": now, "limit_rows": limit_rows})
    for attempt_id, order_id in found:
        try:
            with transaction.atomic():
                _cut_off_due(attempt_id, order_id, now)
                faults.point("attempt.cut_off")
        except OperationalError:
            raise
        except orders.POISON:
            log.exception("cut_off_failed", attempt=attempt_id.hex)
            with transaction.atomic():
                _wait(attempt_id, "cut_off_failed", timedelta(hours=1), now)
    return len(found)


def pass_claim_dates(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Claims nobody ended by their date get the next one, and it is told; how many."""
    found = sql.rows(SQL.claims_overdue, {"now": now, "limit_rows": limit_rows})
    if not found:
        return 0
    with transaction.atomic():
        late = [
            attempt
            for attempt in moving.lock(row[0] for row in found).values()
            if attempt.state == "cut_off" and (attempt.promised_at or now) <= now
        ]
        moving.apply(
            [Change(one, one, "late", "attempt.needs_person") for one in late],
            actor=ACTOR, now=now,
        )  # fmt: skip
    return len(late)


def cut_off(
    *, attempt_id: uuid.UUID, way: Literal["elsewhere", "refund"], actor: str, now: datetime
) -> None:
    """A person gives a purchase up before its date. CannotSettle when it is not in doubt."""
    order_id = _order_id(attempt_id)
    with transaction.atomic():
        order, attempt = _locked(attempt_id, order_id)
        if attempt is None or attempt.state not in CUTTABLE:
            raise CannotSettle(attempt_id.hex)
        _give_up(attempt, order, way, actor, now)


def wait_until(*, attempt_id: uuid.UUID, until: datetime, actor: str, now: datetime) -> None:
    """A person lets it have more time. CannotSettle for a past date or one not in doubt."""
    with transaction.atomic():
        attempt = moving.lock([attempt_id]).get(attempt_id)
        if attempt is None or attempt.state not in CUTTABLE or until <= now:
            raise CannotSettle(attempt_id.hex)
        to = attempt._replace(cut_off_at=until, next_at=now)
        moving.apply([Change(attempt, to, "redated", "attempt.redated")], actor=actor, now=now)


def settle_claim(
    *,
    attempt_id: uuid.UUID,
    how: Literal["refunded", "written_off"],
    note: str,
    actor: str,
    now: datetime,
) -> None:
    """A person ends a claim: the supplier gave the money back, or it is lost. CannotSettle."""
    with transaction.atomic():
        attempt = moving.lock([attempt_id]).get(attempt_id)
        if attempt is None or attempt.state != "cut_off":
            raise CannotSettle(attempt_id.hex)
        fact = "attempt.refunded" if how == "refunded" else "attempt.written_off"
        to = attempt._replace(state=how, reason=note)
        changes = [Change(attempt, to, "settled", fact, Said(detail=note))]
        moving.apply(changes, actor=actor, now=now)
        booking.book(changes, now=now)


def _cut_off_due(attempt_id: uuid.UUID, order_id: uuid.UUID | None, now: datetime) -> None:
    order, attempt = _locked(attempt_id, order_id)
    if attempt is None or attempt.state not in CUTTABLE or (attempt.cut_off_at or now) > now:
        return
    ((_, policy, cut_off_s, risk_limit_fen),) = sql.rows(
        SQL.lock_suppliers, {"supplier_ids": [attempt.supplier_id]}
    )
    claims: dict[uuid.UUID, int] = dict(
        sql.rows(SQL.open_claims, {"supplier_ids": [attempt.supplier_id]})
    )
    way = rules.cut_off(
        policy,
        cost_fen=attempt.cost_fen,
        open_claims_fen=claims.get(attempt.supplier_id, 0),
        risk_limit_fen=risk_limit_fen,
        for_order=order is not None,
    )
    if way in ("wait", "person"):
        reason = "past_cut_off" if way == "wait" else "risk_limit"
        _redate(attempt, reason, timedelta(seconds=cut_off_s), now)
        return
    _give_up(attempt, order, "refund" if way == "refund" else "elsewhere", ACTOR, now)


def _give_up(
    attempt: LockedAttempt,
    order: LockedOrder | None,
    way: Literal["elsewhere", "refund"],
    actor: str,
    now: datetime,
) -> None:
    """Book the claim or the loss, and set the order free to be bought for elsewhere or refunded."""
    borne_by = entries.LOSSES if way == "refund" else entries.RECEIVABLE
    to = attempt._replace(
        state="cut_off", reason=f"cut_off_{way}", borne_by=borne_by, owner=PERSON, next_at=now
    )
    changes = [Change(attempt, to, "cut_off", "attempt.cut_off", data={"way": way})]
    moving.apply(changes, actor=actor, now=now)
    booking.book(changes, now=now)
    took = now - (attempt.sent_at or now)
    suppliers.record_outcomes(
        outcomes=[
            suppliers.Outcome(
                attempt.supplier_id, "purchase", "unknown", int(took.total_seconds() * 1000), now
            )
        ]
    )
    free_orders([attempt], gone={attempt.id})
    if way == "refund" and order is not None and order.attempt_id == attempt.id:
        payments.refund_order(order_id=order.id, reason="supply_unknown", actor=actor, now=now)


def _redate(attempt: LockedAttempt, reason: str, by: timedelta, now: datetime) -> None:
    """It goes on waiting, with a new date and a person who knows."""
    to = attempt._replace(
        reason=reason, owner=PERSON, cut_off_at=now + by, next_at=attempt.next_at or now
    )
    moving.apply([Change(attempt, to, "redated", "attempt.redated")], actor=ACTOR, now=now)


def _wait(attempt_id: uuid.UUID, reason: str, by: timedelta, now: datetime) -> None:
    attempt = moving.lock([attempt_id]).get(attempt_id)
    if attempt is not None and attempt.state in CUTTABLE:
        _redate(attempt, reason, by, now)


def _order_id(attempt_id: uuid.UUID) -> uuid.UUID | None:
    found = moving.read([attempt_id])
    return found[0].order_id if found else None


def _locked(
    attempt_id: uuid.UUID, order_id: uuid.UUID | None
) -> tuple[LockedOrder | None, LockedAttempt | None]:
    """The order first, then the attempt: as everywhere, so that nobody deadlocks."""
    order = orders.lock([order_id]).get(order_id) if order_id else None
    return order, moving.lock([attempt_id]).get(attempt_id)
