"""What happens by itself when the date of a notice or a refund passes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction

from daoda.kit import sql
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.orders import actions as orders
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.rules import CONFIRM_TRIES_MAX
from daoda.trade.payments.rules.refunds import MACHINE, PERSON

SQL = sql.load("daoda.trade.payments")
ACTOR = "machine:payments"
TECHNICAL = "department:technical"
SWEEP_ROWS = 500
# A notice is stamped, then waits for a connection and is committed: only then do we know of it.
UNDERWAY = timedelta(seconds=15)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Overdue:
    """A notice or a refund whose date has passed, under its lock."""

    id: uuid.UUID
    shop_id: uuid.UUID
    state: str
    node: str
    owner: str
    promise_id: uuid.UUID | None
    outcome: str = ""
    tries: int = 0


# Passes the dates of some; the last argument is whose they are from then on, if not the usual.
Pass = Callable[[Sequence[Overdue], datetime, str], None]


def pass_dates(*, now: datetime, limit_rows: int = SWEEP_ROWS, mark: LowWater | None = None) -> int:
    """Run the consequences of dates that have passed; returns how many.

    What cannot be passed together is passed one by one, and what cannot be passed at all is the
    technical department's, by a new date. ``mark`` is that of notices, if one is kept.
    """
    params = {"now": now, "limit_rows": limit_rows, "since": mark.since() if mark else BEGINNING}
    notices = _sweep(SQL.claim_due_notices, params, _pass_notices, now, mark)
    return notices + _sweep(SQL.claim_due_refunds, params, _pass_refunds, now)


def pass_order_dates(
    *, now: datetime, limit_rows: int = SWEEP_ROWS, mark: LowWater | None = None
) -> int:
    """As ``orders.pass_dates``, but no order expires that money may have come for in time.

    While a notice of it waits to be settled or confirmed, which after an outage of the worker
    may take longer than the date allows, its goods stay kept for it. A notice that reaches the
    door in the last moment is waited for as well: all unpaid orders are left alone until it
    would be here, because locking and asking about each of them at every turn until then costs
    more than all other dates together.
    """

    def told_of(unpaid: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        if not unpaid:
            return set()
        return {row[0] for row in sql.rows(SQL.told_of, {"ids": list(unpaid)})}

    return orders.pass_dates(
        now=now, limit_rows=limit_rows, spare=told_of, grace=UNDERWAY, mark=mark
    )


def _sweep(
    claim: str, params: dict[str, object], work: Pass, now: datetime, mark: LowWater | None = None
) -> int:
    with transaction.atomic():
        found = sql.rows(claim, params)
        if mark:
            mark.found(found[0][-1] if found else None, now=now)
        overdue = [Overdue(*row[:-1]) for row in found]
        if not overdue:
            return 0
        try:
            with transaction.atomic():
                work(overdue, now, "")
        except OperationalError:
            raise
        except orders.POISON as problem:
            log.warning("payment_dates_failed", problem=type(problem).__name__)
            return sum(_pass_alone(one, work, now) for one in overdue)
    return len(overdue)


def _pass_alone(one: Overdue, work: Pass, now: datetime) -> bool:
    ended = promise_rules.has_ended(one.promise_id)
    for again, owner in (one, ""), (replace(one, promise_id=None) if ended else one, TECHNICAL):
        try:
            with transaction.atomic():
                work([again], now, owner)
        except OperationalError:
            raise
        except orders.POISON:
            log.exception("payment_date_cannot_be_passed", subject=one.id.hex, owner=owner)
        else:
            return True
    return False


def _pass_notices(overdue: Sequence[Overdue], now: datetime, owner: str) -> None:
    """Suspect notices are refused for good. For all others a person is warned, by a new date:

    what machines have yet to do stays theirs to do, so that an outage of the worker does not
    leave its people with a thousand notices that settle themselves; only a payment the channel
    will not confirm becomes a person's.
    """
    suspects = [one for one in overdue if one.state == "suspect"]
    noticing.move(
        [one.id for one in suspects],
        ["suspect"] * len(suspects),
        ["refused"] * len(suspects),
        ["not_signed"] * len(suspects),
        [None] * len(suspects),
    )
    late = [one for one in overdue if one.state != "suspect"]
    after = [_state_after(one) for one in late]
    made = [
        _next(one, "notice", _node_of(state), owner or _person_for(one), now)
        for one, state in zip(late, after, strict=True)
    ]
    _end(late, made, now)
    noticing.move(
        [one.id for one in late],
        [one.state for one in late],
        after,
        [
            one.outcome or ("not_confirmed" if state == "unmatched" else "")
            for one, state in zip(late, after, strict=True)
        ],
        made,
    )
    _tell(late, "notice", now)


def _pass_refunds(late: Sequence[Overdue], now: datetime, owner: str) -> None:
    """What the machine has not sent or settled by its date is a person's from then on; the
    machine goes on asking about it."""
    made = [_next(one, "refund", "refund", owner or _hands(one), now) for one in late]
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


def _hands(one: Overdue) -> str:
    return PERSON if one.owner == MACHINE else one.owner


def _state_after(one: Overdue) -> str:
    hopeless = one.state == "confirming" and one.tries >= CONFIRM_TRIES_MAX
    return "unmatched" if hopeless else one.state


def _node_of(state: str) -> str:
    return "matching" if state == "unmatched" else "settling"


def _person_for(one: Overdue) -> str:
    return one.owner if one.state == "unmatched" else TECHNICAL


def _next(one: Overdue, subject: str, node: str, owner: str, now: datetime) -> promises.NewPromise:
    return noticing.dated(one.shop_id, subject, one.id, node, owner, now)


def _end(late: Sequence[Overdue], made: Sequence[promises.NewPromise], now: datetime) -> None:
    promises.make_many(made)
    promises.end_many(
        [
            promises.NewEnding(one.promise_id, one.shop_id, now, "broken", "late", promise.id)
            for one, promise in zip(late, made, strict=True)
            if one.promise_id is not None
        ]
    )


def _tell(late: Sequence[Overdue], subject: str, now: datetime) -> None:
    journal.write_many(
        [
            journal.NewFact(
                "payment.promise_broken", subject, one.id, one.shop_id, ACTOR, now,
                {"node": one.node, "owner": one.owner},
            )
            for one in late
        ]
    )  # fmt: skip
