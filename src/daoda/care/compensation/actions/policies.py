"""Policies come and end; a change is a new version."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from daoda.care.compensation import rules
from daoda.care.compensation.models import Policy
from daoda.kit import ids
from daoda.records.journal import actions as journal
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Product
from daoda.trade.catalog.rules import KINDS


class Refused(ValueError):
    """A policy cannot be published. ``problems``: a code by the name of the field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Terms:
    """What a policy says: see ``models.Policy`` and ``rules``. Amounts are fen."""

    code: str
    title: str
    steps: list[dict[str, Any]]
    approve_above_fen: int
    cap_order_fen: int
    cap_buyer_day_fen: int
    cap_shop_day_fen: int
    kind: str = ""
    product_id: uuid.UUID | None = None


def publish_policy(*, shop_id: uuid.UUID, terms: Terms, actor: str, now: datetime) -> Policy:
    """Put a policy in force, in place of the one of the same code. Raises Refused.

    Cases that are open keep the version they began with.
    """
    steps = _checked(shop_id, terms)
    with transaction.atomic():
        Shop.objects.select_for_update().get(pk=shop_id)  # policies of one shop come one by one
        versions = Policy.everywhere.filter(shop_id=shop_id, code=terms.code)
        before = versions.order_by("-version").first()
        versions.filter(ended_at__isnull=True).update(ended_at=now)
        policy = Policy(
            id=ids.uuid7(now), shop_id=shop_id, version=before.version + 1 if before else 1,
            made_by=actor, active_from=now, **{**asdict(terms), "steps": steps},
        )  # fmt: skip
        policy.save(force_insert=True)
        told = {"code": policy.code, "version": policy.version, "steps": steps}
        _tell("compensation_policy.published", policy, actor, now, told)
    return policy


def end_policy(*, policy_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """No case begins with it any more; False when it was not in force."""
    with transaction.atomic():
        active = Policy.everywhere.select_for_update().filter(pk=policy_id, ended_at__isnull=True)
        policy = active.first()
        if policy is None:
            return False
        policy.ended_at = now
        policy.save(update_fields=["ended_at"])
        told = {"code": policy.code, "version": policy.version}
        _tell("compensation_policy.ended", policy, actor, now, told)
    return True


def _checked(shop_id: uuid.UUID, terms: Terms) -> list[dict[str, Any]]:
    problems = {}
    if not terms.code or slugify(terms.code) != terms.code or len(terms.code) > 40:
        problems["code"] = "invalid"
    if not 0 < len(terms.title.strip()) <= 80:
        problems["title"] = "required"
    if terms.kind not in {"", *KINDS}:
        problems["kind"] = "unknown"
    known = Product.everywhere.filter(shop_id=shop_id, pk=terms.product_id)
    if terms.product_id is not None and not known.exists():
        problems["product_id"] = "unknown"
    for name in ("approve_above_fen", "cap_order_fen", "cap_buyer_day_fen", "cap_shop_day_fen"):
        if not 0 <= getattr(terms, name) <= rules.FEN_MAX * 100:
            problems[name] = "out_of_range"
    try:
        steps = rules.check(terms.steps)
    except rules.BadSteps as problem:
        problems["steps"] = str(problem)
    if problems:
        raise Refused(problems)
    return steps


def _tell(kind: str, policy: Policy, actor: str, now: datetime, data: Mapping[str, Any]) -> None:
    journal.write(
        kind=kind, subject="compensation_policy", subject_id=policy.pk, shop_id=policy.shop_id,
        actor=actor, at=now, data=data,
    )  # fmt: skip
