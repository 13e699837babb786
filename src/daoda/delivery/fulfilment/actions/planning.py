"""From whom a paid order is bought: our own shelf first, then the best supplier, else a person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction

from daoda.delivery.fulfilment.actions import moving
from daoda.delivery.fulfilment.actions.moving import ACTOR, SQL, Change
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.kit import faults, ids, money, sql, wake
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.trade.orders import actions as orders
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.stock import actions as stock
from daoda.trade.suppliers import queries as suppliers
from daoda.trade.suppliers.rules.routing import OfferTerms, Route

PLAN_ROWS = 500
# A plan that has not been sent by then is looked at again: perhaps another supplier is free.
SEND_WITHIN = timedelta(seconds=60)
# So many purchases of one order may fail before a person has it.
ATTEMPTS_MAX = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Plan:
    """One way to buy for one order, from ``next_at`` on. ``why`` is why this way."""

    order: LockedOrder
    terms: OfferTerms
    why: str
    next_at: datetime


def plan_batch(*, now: datetime, limit_rows: int = PLAN_ROWS, mark: LowWater | None = None) -> int:
    """Plan a purchase for the oldest orders that have none open; returns how many were moved on.

    Safe to run beside itself. An order that makes its batch fail is held for a person.
    """
    since = mark.since() if mark else BEGINNING
    try:
        with transaction.atomic():
            claimed = orders.claim_sourcing(since=since, limit_rows=limit_rows)
            if mark:
                mark.found(claimed[0].paid_at if claimed else None, now=now)
            _plan(claimed, now)
    except OperationalError:
        raise
    except orders.POISON as problem:
        log.warning("plan_batch_failed", problem=type(problem).__name__)
        with transaction.atomic():
            suspects = orders.claim_sourcing(since=since, limit_rows=limit_rows)
        return sum(_plan_alone(order, now) for order in suspects)
    if claimed:
        faults.point("attempt.planned")
    return len(claimed)


def replan_overdue(*, now: datetime, limit_rows: int = PLAN_ROWS) -> int:
    """Plans that were not sent in time: given up for a better way, or dated anew.

    What its order does not want any more is called off; nothing of it was ever sent.
    """
    found = sql.rows(SQL.plans_overdue, {"now": now, "limit_rows": limit_rows})
    if not found:
        return 0
    with transaction.atomic():
        locked = orders.lock([order_id for _, order_id in found if order_id])
        attempts = [
            attempt
            for attempt in moving.lock([attempt_id for attempt_id, _ in found]).values()
            if attempt.state == "planned" and (attempt.promised_at or now) <= now
        ]
        moving.apply(
            [_looked_at(attempt, locked, now) for attempt in attempts], actor=ACTOR, now=now
        )
        free_orders(attempts, gone=_given_up(attempts, locked, now))
    return len(attempts)


def call_off(*, order_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Stop a planned purchase of an order; False when there is none, or it has been sent."""
    with transaction.atomic():
        order = orders.lock([order_id]).get(order_id)
        if order is None or order.attempt_id is None:
            return False
        attempt = moving.lock([order.attempt_id])[order.attempt_id]
        if attempt.state != "planned":
            return False
        moving.apply([_never_sent(attempt, "called_off")], actor=actor, now=now)
        orders.detach_attempts({order_id: attempt.id})
    return True


def _plan(claimed: Sequence[LockedOrder], now: datetime) -> None:
    if not claimed:
        return
    left = _from_our_shelf(claimed, now)
    if not left:
        return
    choices = suppliers.offers_of([order.variant_id for order in left], now=now)
    tried = {
        row[0]: (set(row[1] or ()), row[2])
        for row in sql.rows(SQL.tried, {"order_ids": [order.id for order in left]})
    }
    plans: list[Plan] = []
    for order in left:
        excluded, times = tried.get(order.id, (set(), 0))
        if times >= ATTEMPTS_MAX:
            orders.to_hands([order], reason="attempts_used_up", actor=ACTOR, now=now)
            continue
        route = choices[order.variant_id].route(
            now=now, quantity=order.quantity, needed_by=order.promised_at, excluded=excluded
        )
        plan = _choose(order, route, now)
        if plan is None:
            orders.to_hands([order], reason=_why_not(route, excluded), actor=ACTOR, now=now)
        else:
            plans.append(plan)
    _write(plans, now)


def _from_our_shelf(claimed: Sequence[LockedOrder], now: datetime) -> list[LockedOrder]:
    """What stands on our own shelf is nobody's to buy again; the orders that are left."""
    wanting = [order for order in claimed if order.kind == "code" and not order.reserved]
    granted = (
        stock.reserve_many(
            needs=[stock.Need(order.id, order.variant_id, order.quantity) for order in wanting]
        )
        if wanting
        else set()
    )
    served = [order for order in claimed if order.reserved or order.id in granted]
    orders.to_stock(served, reason="on_our_shelf", actor=ACTOR, now=now)
    return [order for order in claimed if order not in served]


def _choose(order: LockedOrder, route: Route, now: datetime) -> Plan | None:
    """The first way; else a supplier that rests for now, to be asked when it is back."""
    if route.ways:
        way = route.ways[0]
        return Plan(order, way.terms, way.why, now)
    for left_out in route.left_out:
        if left_out.why == "maintenance" and left_out.until is not None:
            return Plan(order, left_out.terms, left_out.why, left_out.until)
    for left_out in route.left_out:
        if left_out.why == "tripped":
            return Plan(order, left_out.terms, left_out.why, now)
    return None


def _why_not(route: Route, excluded: set[uuid.UUID]) -> str:
    if excluded:
        return "suppliers_failed"
    return f"supplier_{route.left_out[0].why}" if route.left_out else "no_offer"


def _write(plans: Sequence[Plan], now: datetime) -> None:
    if not plans:
        return
    attempt_ids = list(ids.uuid7_many(len(plans), now))
    sql.count(SQL.add_attempts, _columns(plans, attempt_ids, now))
    orders.attach_attempts(
        {plan.order.id: attempt_id for plan, attempt_id in zip(plans, attempt_ids, strict=True)}
    )
    wake.wake("send")


def _columns(
    plans: Sequence[Plan], attempt_ids: list[uuid.UUID], now: datetime
) -> dict[str, list[object]]:
    terms = [plan.terms for plan in plans]
    return {
        "ids": list(attempt_ids),
        "shop_ids": [plan.order.shop_id for plan in plans],
        "order_ids": [plan.order.id for plan in plans],
        "variant_ids": [plan.order.variant_id for plan in plans],
        "supplier_ids": [one.supplier_id for one in terms],
        "offer_ids": [one.offer_id for one in terms],
        "goods": [one.goods for one in terms],
        "quantities": [plan.order.quantity for plan in plans],
        "needs_cards": [plan.order.kind == "code" for plan in plans],
        "currencies": [plan.order.currency for plan in plans],
        "costs": [money.cost_fen(plan.terms.unit_cost_hao, plan.order.quantity) for plan in plans],
        "costs_max": [plan.terms.cost_max_fen(plan.order.quantity) for plan in plans],
        "whys": [plan.why for plan in plans],
        "due_ats": [plan.order.promised_at for plan in plans],
        "planned_ats": [now] * len(plans),
        "next_ats": [plan.next_at for plan in plans],
        "promised_ats": [plan.next_at + SEND_WITHIN for plan in plans],
    }


def _plan_alone(suspect: LockedOrder, now: datetime) -> bool:
    try:
        with transaction.atomic():
            order = orders.lock([suspect.id]).get(suspect.id)
            if order is None or order.state != "sourcing" or order.attempt_id is not None:
                return False
            _plan([order], now)
    except OperationalError:
        raise
    except orders.POISON:
        log.exception("order_cannot_be_planned", order=suspect.id.hex)
        return orders.hold(
            order_id=suspect.id, reason="supply_failed", owner="department:technical",
            actor=ACTOR, now=now,
        )  # fmt: skip
    return True


def _looked_at(
    attempt: LockedAttempt, locked: Mapping[uuid.UUID, LockedOrder], now: datetime
) -> Change:
    if attempt.id in _given_up([attempt], locked, now):
        return _never_sent(attempt, "not_sent")
    again = attempt._replace(promised_at=max(now, attempt.next_at or now) + SEND_WITHIN)
    return Change(attempt, again, "waits")


def _given_up(
    attempts: Sequence[LockedAttempt], locked: Mapping[uuid.UUID, LockedOrder], now: datetime
) -> set[uuid.UUID]:
    """Attempts whose order is elsewhere, or has a better way now."""
    choices = suppliers.offers_of([one.variant_id for one in attempts], now=now)
    gone = set()
    for attempt in attempts:
        order = locked.get(attempt.order_id) if attempt.order_id else None
        if attempt.order_id and (order is None or order.state != "sourcing"):
            gone.add(attempt.id)
            continue
        ways = choices[attempt.variant_id].route(now=now, quantity=attempt.quantity).ways
        if ways and attempt.supplier_id not in {way.terms.supplier_id for way in ways}:
            gone.add(attempt.id)
    return gone


def _never_sent(attempt: LockedAttempt, reason: str) -> Change:
    return Change(attempt, attempt._replace(state="failed", reason=reason), "called_off")


def free_orders(attempts: Sequence[LockedAttempt], *, gone: set[uuid.UUID]) -> None:
    """Nothing is open any more for the orders of these attempts: they are planned anew."""
    freed = {one.order_id: one.id for one in attempts if one.id in gone and one.order_id}
    orders.detach_attempts(freed)
    if freed:
        wake.wake("supply")
