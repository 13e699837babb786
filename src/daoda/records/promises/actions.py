"""Making promises and ending them. Callers change the thing itself in the same transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max

from daoda.kit import ids, sql
from daoda.records.promises import rules
from daoda.records.promises.models import PromiseRule

SQL = sql.load(__package__)


@dataclass(frozen=True)
class NewPromise:
    """A promise to be made; its id is known at once so that the thing can carry it."""

    shop_id: uuid.UUID
    subject: str
    subject_id: uuid.UUID
    node: str
    owner: str
    made_at: datetime
    due_at: datetime
    consequence: str
    basis: Mapping[str, Any] = field(default_factory=dict)
    id: uuid.UUID = field(default_factory=ids.uuid7)


@dataclass(frozen=True)
class NewEnding:
    """The end of a promise: ``kept``, ``broken`` or ``superseded`` (those two with a reason)."""

    promise_id: uuid.UUID
    shop_id: uuid.UUID
    at: datetime
    how: str
    reason: str = ""
    successor: uuid.UUID | None = None


def make_many(promises: Sequence[NewPromise]) -> None:
    """Write promises in one statement, in the current transaction."""
    if not promises:
        return
    sql.count(
        SQL.make_promises,
        {
            "ids": [p.id for p in promises],
            "shop_ids": [p.shop_id for p in promises],
            "subjects": [p.subject for p in promises],
            "subject_ids": [p.subject_id for p in promises],
            "nodes": [p.node for p in promises],
            "owners": [p.owner for p in promises],
            "made_ats": [p.made_at for p in promises],
            "due_ats": [p.due_at for p in promises],
            "bases": [json.dumps(p.basis) for p in promises],
            "consequences": [p.consequence for p in promises],
        },
    )


def end_many(endings: Sequence[NewEnding]) -> None:
    """End promises in one statement. IntegrityError when one has ended before."""
    if not endings:
        return
    sql.count(
        SQL.end_promises,
        {
            "promise_ids": [e.promise_id for e in endings],
            "shop_ids": [e.shop_id for e in endings],
            "ats": [e.at for e in endings],
            "hows": [e.how for e in endings],
            "reasons": [e.reason for e in endings],
            "successors": [e.successor for e in endings],
        },
    )


def publish_rule(
    *,
    shop_id: uuid.UUID,
    node: str,
    seconds: int,
    windows: Sequence[Mapping[str, Any]] = (),
    product_id: uuid.UUID | None = None,
    now: datetime,
) -> PromiseRule:
    """Publish the next version of a rule; promises already made keep their dates.

    Raises KeyError for an unknown node, ValueError for windows that make no sense,
    NoWorkingTime for windows that never let the work be done.
    """
    rules.default_rule(node)
    parsed = tuple(rules.parse_window(window) for window in windows)
    rules.due(now, rules.Rule(node, seconds, parsed, 0), ZoneInfo("UTC"))
    newest = PromiseRule.everywhere.filter(
        shop_id=shop_id, node=node, product_id=product_id
    ).aggregate(version=Max("version"))
    rule: PromiseRule = PromiseRule.everywhere.create(
        shop_id=shop_id,
        node=node,
        product_id=product_id,
        seconds=seconds,
        windows=list(windows),
        version=(newest["version"] or 0) + 1,
        published_at=now,
    )
    return rule
