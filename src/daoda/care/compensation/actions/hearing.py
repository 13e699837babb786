"""What compensation hears of in the journal: broken dates, and orders that have come to an end."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from daoda.care.compensation import queries, rules
from daoda.care.compensation.actions import granting, moving
from daoda.care.compensation.models import Case
from daoda.kit import ids
from daoda.records.journal import actions as journal
from daoda.trade.orders.models import Order

SUBSCRIBER = "compensation"
# An order in these states has been paid for and not arrived.
WAITING = frozenset({"screening", "paid", "short", "sourcing", "in_hand", "held"})


def hear(*, now: datetime) -> int:
    """Take in the next facts; returns how many were read. Safe to repeat and to run twice."""
    journal.subscribe(SUBSCRIBER)
    with journal.batch(SUBSCRIBER, now=now) as told:
        broken = {
            fact.subject_id: _moment(fact.data.get("due_at"), fact.at)
            for fact in reversed(told)
            if fact.kind == rules.BROKEN
        }
        _open_cases(broken, now)
        _close_cases(told, now)
        delivered = [fact.subject_id for fact in told if fact.kind == rules.DELIVERED]
        granting.mark_used(delivered, now=now)
        return len(told)


def _open_cases(broken: dict[uuid.UUID, datetime], now: datetime) -> None:
    orders = Order.everywhere.filter(pk__in=broken, state__in=WAITING).order_by("pk")
    known = set(Case.everywhere.filter(order_id__in=broken).values_list("order_id", flat=True))
    in_force = cache(queries.active_policies)  # many dates are broken at once, in few shops
    for order in orders:
        policy = None if order.pk in known else queries.policy_for(order, in_force(order.shop_id))
        if policy is None:
            continue
        late_since = broken[order.pk]
        case = Case(
            id=ids.derive(order.pk, "compensation"), shop_id=order.shop_id, order=order,
            policy=policy, late_since=late_since, opened_at=now,
        )  # fmt: skip
        at = rules.next_at(late_since, policy.steps, 0)
        assert at is not None  # a policy has a step
        moving.wait_for_step(case, at, now)
        told = {"policy": policy.pk.hex, "late_since": late_since.isoformat()}
        moving.tell(case, "compensation.opened", moving.ACTOR, now, told)


def _close_cases(told: Sequence[journal.ToldFact], now: datetime) -> None:
    ended = {
        fact.subject_id: rules.ENDED_BY[fact.kind] for fact in told if fact.kind in rules.ENDED_BY
    }
    for case in _open(ended):
        moving.settle(case, ended[case.order_id], moving.ACTOR, now)


def _open(order_ids: Iterable[uuid.UUID]) -> list[Case]:
    rows = Case.everywhere.select_for_update().filter(order_id__in=list(order_ids))
    return list(rows.exclude(state="settled").order_by("pk"))


def _moment(text: object, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(text) if isinstance(text, str) else otherwise
