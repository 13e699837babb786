"""What happens by itself when a date passes, and what a buyer may call off."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError, transaction

from daoda.kit import sql
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.actions.moving import (
    POISON,
    SQL,
    Move,
    apply,
    lock,
    mended,
    release_reserved,
)
from daoda.trade.orders.rules import LockedOrder

SWEEP_ROWS = 500
ACTOR = "machine:orders"
TECHNICAL = "department:technical"
log = structlog.get_logger(__name__)


# Which of some unpaid orders may not expire yet, though their date has passed.
Spare = Callable[[Sequence[uuid.UUID]], set[uuid.UUID]]


def cancel(*, order_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Call off an unpaid order; False when it is no longer unpaid (or not there)."""
    with transaction.atomic():
        order = lock([order_id]).get(order_id)
        if order is None or order.state != "awaiting_payment":
            return False
        _give_up([order])
        move = Move(order, "cancelled", "order.cancelled", reason="cancelled", reserved=False)
        apply([move], actor=actor, now=now)
    return True


def _nobody(_unpaid: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    return set()


def pass_dates(
    *,
    now: datetime,
    limit_rows: int = SWEEP_ROWS,
    spare: Spare = _nobody,
    grace: timedelta = timedelta(0),
    mark: LowWater | None = None,
) -> int:
    """Run the consequence of every date that has passed; returns how many.

    Unpaid orders expire and give back what was kept for them. For all others the broken promise
    is followed at once by the next one, in the hands of a person where a machine was late. A
    batch that fails is taken apart; the order that makes it fail is the technical department's.
    Unpaid orders expire ``grace`` after their date, and ``spare`` is asked about them while
    they are locked. Dates are looked through from ``mark`` on, if one is kept.
    """
    asked = {
        "now": now, "unpaid_due": now - grace, "limit_rows": limit_rows,
        "since": mark.since() if mark else BEGINNING,
    }  # fmt: skip
    try:
        with transaction.atomic():
            due = _claim(asked, spare, mark)
            _pass(due, now)
    except OperationalError:
        raise
    except POISON as problem:
        log.warning("order_dates_failed", problem=type(problem).__name__)
        return _one_by_one(asked, spare, now)
    return len(due)


def _claim(
    asked: Mapping[str, Any], spare: Spare, mark: LowWater | None = None
) -> list[LockedOrder]:
    """Lock what is due. However many are spared, those behind them are found."""
    spared: set[uuid.UUID] = set()
    while True:
        found = sql.rows(SQL.claim_due, {**asked, "spared": list(spared)})
        due = [LockedOrder(*row) for row in found]
        if mark and not spared:
            mark.found(due[0].promised_at if due else None, now=asked["now"])
        more = spare([order.id for order in due if order.state == "awaiting_payment"])
        passing = [order for order in due if order.id not in more]
        if passing or not due:
            return passing
        spared |= more


def _pass(due: Sequence[LockedOrder], now: datetime) -> None:
    _give_up([order for order in due if order.state == "awaiting_payment"])
    apply([_consequence(order) for order in due], actor=ACTOR, now=now)


def _one_by_one(asked: Mapping[str, Any], spare: Spare, now: datetime) -> int:
    with transaction.atomic():
        suspects = [order.id for order in _claim(asked, spare)]
    return sum(_pass_alone(order_id, now, spare) for order_id in suspects)


def _pass_alone(order_id: uuid.UUID, now: datetime, spare: Spare) -> bool:
    try:
        with transaction.atomic():
            order = lock([order_id])[order_id]
            late = order.promised_at is not None and order.promised_at <= now
            if late and not (order.state == "awaiting_payment" and spare([order_id])):
                _pass([order], now)
    except OperationalError:
        raise
    except POISON:
        log.exception("order_date_cannot_be_passed", order=order_id.hex)
        return _to_technical(order_id, now)
    return True


def _to_technical(order_id: uuid.UUID, now: datetime) -> bool:
    """A new date, in a person's hands: not tried again every second. False when even that fails."""
    try:
        with transaction.atomic():
            order = lock([order_id])[order_id]
            apply([_broken(mended(order), "failed", TECHNICAL)], actor=ACTOR, now=now)
    except OperationalError:
        raise
    except POISON:
        log.exception("order_cannot_be_dated_again", order=order_id.hex)
        return False
    return True


def _consequence(order: LockedOrder) -> Move:
    if order.state == "awaiting_payment":
        return Move(order, "expired", "order.expired", reason="not_paid", reserved=False)
    return _broken(order, "late", order.owner)


def _broken(order: LockedOrder, reason: str, owner: str | None) -> Move:
    return Move(
        order,
        order.state,
        "order.promise_broken",
        reason=reason,
        breach=True,
        owner=owner,
        data={"node": order.node, "due_at": order.promised_at and order.promised_at.isoformat()},
    )


def _give_up(unpaid: Sequence[LockedOrder]) -> None:
    """Return what unpaid orders had kept from others; locks in one order, so no deadlocks."""
    release_reserved(unpaid)
    for coupon_id in sorted(order.coupon_id for order in unpaid if order.coupon_id is not None):
        catalog.release_coupon(coupon_id=coupon_id)
