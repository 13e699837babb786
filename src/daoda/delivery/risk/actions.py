"""The verbs of risk: rules come and end, paid orders are screened by them in sets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils.text import slugify

from daoda.delivery.risk import queries, rules
from daoda.delivery.risk.models import Rule
from daoda.kit import faults, ids, sql
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.records.journal import actions as journal
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop
from daoda.trade.orders import actions as orders
from daoda.trade.orders.rules import LockedOrder

SQL = sql.load(__package__)
BATCH_ROWS = 1000
ACTOR = "machine:risk"
log = structlog.get_logger(__name__)


class Refused(ValueError):
    """A rule cannot be published. ``problems``: a code by the name of the field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Terms:
    """What a rule says: see ``models.Rule``."""

    code: str
    title: str
    told: str
    conditions: list[dict[str, Any]]


def publish_rule(*, shop_id: uuid.UUID, terms: Terms, actor: str, now: datetime) -> Rule:
    """Put a rule in force, in place of the one of the same code. Raises Refused.

    From now on paid orders of the shop wait for its rules; what was paid before is not touched.
    """
    conditions = _checked(terms)
    with transaction.atomic():
        Shop.objects.select_for_update().get(pk=shop_id)  # rules of one shop come one by one
        versions = Rule.everywhere.filter(shop_id=shop_id, code=terms.code)
        before = versions.order_by("-version").first()
        versions.filter(ended_at__isnull=True).update(ended_at=now)
        rule = Rule(
            id=ids.uuid7(now), shop_id=shop_id, code=terms.code,
            version=before.version + 1 if before else 1, title=terms.title.strip(),
            told=terms.told.strip(), conditions=conditions, made_by=actor, active_from=now,
        )  # fmt: skip
        rule.save(force_insert=True)
        shops.set_screening(shop_id=shop_id, on=True)
        data = {"code": rule.code, "version": rule.version, "conditions": conditions}
        _tell("risk_rule.published", rule, actor, now, data)
    return rule


def end_rule(*, rule_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """A rule is in force no longer; False when it was not."""
    with transaction.atomic():
        rule = Rule.everywhere.filter(pk=rule_id).first()
        if rule is None:
            return False
        Shop.objects.select_for_update().get(pk=rule.shop_id)
        active = Rule.everywhere.filter(shop_id=rule.shop_id, ended_at__isnull=True)
        if not active.filter(pk=rule_id).update(ended_at=now):
            return False
        shops.set_screening(shop_id=rule.shop_id, on=active.exists())
        _tell("risk_rule.ended", rule, actor, now, {"code": rule.code, "version": rule.version})
    return True


def screen_batch(
    *, now: datetime, limit_rows: int = BATCH_ROWS, mark: LowWater | None = None
) -> int:
    """Ask the rules about the oldest orders that wait for it; returns how many were judged.

    Safe to run beside itself. A batch that fails because of an order in it is taken apart, and
    that order is held for a person.
    """
    since = mark.since() if mark else BEGINNING
    try:
        with transaction.atomic():
            claimed = orders.claim_screening(since=since, limit_rows=limit_rows)
            if mark:
                mark.found(claimed[0].paid_at if claimed else None, now=now)
            _screen(claimed, now)
    except OperationalError:
        raise
    except orders.POISON as problem:
        log.warning("screening_batch_failed", problem=type(problem).__name__)
        with transaction.atomic():
            suspects = orders.claim_screening(since=since, limit_rows=limit_rows)
        return sum(_alone(one.id, now) for one in suspects)
    return len(claimed)


def _alone(order_id: uuid.UUID, now: datetime) -> bool:
    try:
        with transaction.atomic():
            order = orders.lock([order_id]).get(order_id)
            if order and order.state == "screening":
                _screen([order], now)
            return True
    except OperationalError:
        raise
    except orders.POISON:
        log.exception("order_cannot_be_screened", order=order_id.hex)
    return orders.hold(
        order_id=order_id, reason="screening_failed", owner="department:technical",
        actor=ACTOR, now=now,
    )  # fmt: skip


def _screen(claimed: Sequence[LockedOrder], now: datetime) -> None:
    if not claimed:
        return
    active = queries.active_rules({order.shop_id for order in claimed})
    asked = any(rules.asks_for_answers(rule.conditions) for rule in active)
    seen = queries.see([order.id for order in claimed], with_answers=asked) if active else {}
    against: dict[uuid.UUID, tuple[Rule, list[dict[str, Any]]]] = {}
    for order in claimed:
        for rule in active:
            if rule.shop_id != order.shop_id:
                continue
            if found := rules.found(rule.conditions, seen[order.id]):
                against[order.id] = (rule, found)
                break
    faults.point("screen.before_writes")
    suspects = [order for order in claimed if order.id in against]
    _hold(suspects, against, now)
    clear = [order for order in claimed if order.id not in against]
    orders.pass_screening(clear, actor=ACTOR, now=now)


def _hold(
    suspects: Sequence[LockedOrder],
    against: Mapping[uuid.UUID, tuple[Rule, list[dict[str, Any]]]],
    now: datetime,
) -> None:
    if not suspects:
        return
    sql.count(
        SQL.add_findings,
        {
            "order_ids": [order.id for order in suspects],
            "shop_ids": [order.shop_id for order in suspects],
            "rule_ids": [against[order.id][0].pk for order in suspects],
            "founds": [json.dumps(against[order.id][1]) for order in suspects],
            "ats": [now] * len(suspects),
        },
    )
    held = [
        orders.Suspect(order, against[order.id][0].told, {"rule": against[order.id][0].pk.hex})
        for order in suspects
    ]
    orders.hold_suspects(held, actor=ACTOR, now=now)


def _checked(terms: Terms) -> list[dict[str, Any]]:
    problems = {}
    if not terms.code or slugify(terms.code) != terms.code or len(terms.code) > 40:
        problems["code"] = "invalid"
    if not 0 < len(terms.title.strip()) <= 80:
        problems["title"] = "required"
    if not 0 < len(terms.told.strip()) <= rules.TOLD_CHARS_MAX:
        problems["told"] = "required"
    try:
        conditions = rules.check(terms.conditions)
    except rules.BadCondition as problem:
        problems["conditions"] = str(problem)
    if problems:
        raise Refused(problems)
    return conditions


def _tell(kind: str, rule: Rule, actor: str, now: datetime, data: Mapping[str, Any]) -> None:
    journal.write(
        kind=kind, subject="risk_rule", subject_id=rule.pk, shop_id=rule.shop_id,
        actor=actor, at=now, data=data,
    )  # fmt: skip
