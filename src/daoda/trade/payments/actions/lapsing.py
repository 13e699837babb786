"""What happens by itself when the date of a notice or a refund passes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from daoda.kit import sql
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.rules import CONFIRM_TRIES_MAX

SQL = sql.load("daoda.trade.payments")
ACTOR = "machine:payments"
SWEEP_ROWS = 500


@dataclass(frozen=True)
class Overdue:
    id: uuid.UUID
    shop_id: uuid.UUID
    state: str
    node: str
    owner: str
    promise_id: uuid.UUID | None


def pass_dates(*, now: datetime, limit_rows: int = SWEEP_ROWS) -> int:
    """Run the consequences of dates that have passed; returns how many."""
    return _pass_notices(now, limit_rows) + _pass_refunds(now, limit_rows)


def _pass_notices(now: datetime, limit_rows: int) -> int:
    """Suspect notices are refused for good. For all others a person is warned, by a new date:

    what machines have yet to do stays theirs to do, so that an outage of the worker does not
    leave its people with a thousand notices that settle themselves; only a payment the channel
    will not confirm becomes a person's.
    """
    with transaction.atomic():
        params = {"now": now, "limit_rows": limit_rows}
        found = sql.rows(SQL.claim_due_notices, params)
        overdue = [Overdue(*row[:6]) for row in found]
        outcomes = {row[0]: row[6] for row in found}
        hopeless = {row[0] for row in found if row[7] >= CONFIRM_TRIES_MAX}
        suspects = [one for one in overdue if one.state == "suspect"]
        noticing.move(
            [one.id for one in suspects],
            ["suspect"] * len(suspects),
            ["refused"] * len(suspects),
            ["not_signed"] * len(suspects),
            [None] * len(suspects),
        )
        late = [one for one in overdue if one.state != "suspect"]
        after = [_state_after(one, hopeless=one.id in hopeless) for one in late]
        made = [
            _next(one, "notice", _node_of(state), _person_for(one), now)
            for one, state in zip(late, after, strict=True)
        ]
        _end(late, made, now)
        noticing.move(
            [one.id for one in late],
            [one.state for one in late],
            after,
            [
                outcomes[one.id] or ("not_confirmed" if state == "unmatched" else "")
                for one, state in zip(late, after, strict=True)
            ],
            made,
        )
        _tell(late, "notice", now)
    return len(overdue)


def _pass_refunds(now: datetime, limit_rows: int) -> int:
    with transaction.atomic():
        params = {"now": now, "limit_rows": limit_rows}
        late = [Overdue(*row) for row in sql.rows(SQL.claim_due_refunds, params)]
        if not late:
            return 0
        made = [_next(one, "refund", "refund", one.owner, now) for one in late]
        _end(late, made, now)
        sql.count(
            SQL.redate_refunds,
            {
                "ids": [one.id for one in late],
                "owners": [promise.owner for promise in made],
                "promised_ats": [promise.due_at for promise in made],
                "promise_ids": [promise.id for promise in made],
            },
        )
        _tell(late, "refund", now)
    return len(late)


def _state_after(one: Overdue, *, hopeless: bool) -> str:
    return "unmatched" if one.state == "confirming" and hopeless else one.state


def _node_of(state: str) -> str:
    return "matching" if state == "unmatched" else "settling"


def _person_for(one: Overdue) -> str:
    return one.owner if one.state == "unmatched" else "department:technical"


def _next(one: Overdue, subject: str, node: str, owner: str, now: datetime) -> promises.NewPromise:
    return noticing.dated(one.shop_id, subject, one.id, node, owner, now)


def _end(late: list[Overdue], made: list[promises.NewPromise], now: datetime) -> None:
    promises.make_many(made)
    promises.end_many(
        [
            promises.NewEnding(one.promise_id, one.shop_id, now, "broken", "late", promise.id)
            for one, promise in zip(late, made, strict=True)
            if one.promise_id is not None
        ]
    )


def _tell(late: list[Overdue], subject: str, now: datetime) -> None:
    journal.write_many(
        [
            journal.NewFact(
                "payment.promise_broken", subject, one.id, one.shop_id, ACTOR, now,
                {"node": one.node, "owner": one.owner},
            )
            for one in late
        ]
    )  # fmt: skip
