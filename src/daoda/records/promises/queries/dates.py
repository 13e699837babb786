"""Reading rules and the promises of one thing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from daoda.kit import ids, sql
from daoda.records.promises import rules
from daoda.records.promises.models import PromiseEnding
from daoda.records.shops.models import Shop

SQL = sql.load("daoda.records.promises")


@dataclass(frozen=True)
class ShopRules:
    """The rules of a shop at one moment, read once per batch."""

    zone: ZoneInfo
    by_node: dict[tuple[str, uuid.UUID | None], rules.Rule]

    def rule(self, node: str, product_id: uuid.UUID | None = None) -> rules.Rule:
        """The product's rule, else the shop's, else the house's."""
        own = self.by_node.get((node, product_id))
        return own or self.by_node.get((node, None)) or rules.default_rule(node)

    def due(self, node: str, start: datetime, product_id: uuid.UUID | None = None) -> rules.Due:
        """When a node begun at ``start`` will be done. Raises NoWorkingTime."""
        return rules.due(start, self.rule(node, product_id), self.zone)


@dataclass(frozen=True)
class PastPromise:
    """A promise and how it ended; ``how`` is None while it stands."""

    id: uuid.UUID
    node: str
    owner: str
    made_at: datetime
    due_at: datetime
    basis: dict[str, Any]
    consequence: str
    how: str | None
    ended_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Judged:
    """What became of promises: how many were kept, broken, given another date, or still stand."""

    kept: int
    broken: int
    superseded: int
    standing: int


def rules_of(shop_id: uuid.UUID, *, now: datetime) -> ShopRules:
    """The rules of a shop as published by ``now``."""
    zone = ZoneInfo(Shop.objects.values_list("time_zone", flat=True).get(pk=shop_id))
    by_node = {
        (node, product_id): rules.Rule(
            node, seconds, tuple(rules.parse_window(window) for window in windows), version
        )
        for node, product_id, seconds, windows, version in sql.rows(
            SQL.current_rules, {"shop_id": shop_id, "now": now}
        )
    }
    return ShopRules(zone, by_node)


def has_ended(promise_id: uuid.UUID | None) -> bool:
    """Whether a promise has its ending: then no move can end it again."""
    return PromiseEnding.everywhere.filter(pk=promise_id).exists()


def story(subject_id: uuid.UUID) -> list[PastPromise]:
    """Every promise made for one thing, oldest first."""
    return [PastPromise(*row) for row in sql.rows(SQL.story, {"subject_id": subject_id})]


def judged_since(shop_id: uuid.UUID, since: datetime) -> Judged:
    """What became of what we promised since a moment; cost follows what was promised since."""
    ((kept, broken, superseded, standing),) = sql.rows(
        SQL.judged_since, {"shop_id": shop_id, "lowest_id": ids.lowest_at(since)}
    )
    return Judged(kept, broken, superseded, standing)
