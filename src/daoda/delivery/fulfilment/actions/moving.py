"""How an attempt moves: state, dates, event, fact and promise in one transaction, in sets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.delivery.fulfilment.states import ATTEMPT, NODES
from daoda.kit import ids, sql
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.orders.actions import LostMove

SQL = sql.load("daoda.delivery.fulfilment")
ACTOR = "machine:supply"
PERSON = "department:supplier"
KEPT_CHARS_MAX = 4_000
DETAIL_CHARS_MAX = 200


@dataclass(frozen=True)
class Said:
    """What was asked and answered, masked, and how it was read; kept with the event."""

    status: str = ""
    detail: str = ""
    request: str = ""
    response: str = ""


@dataclass(frozen=True)
class Change:
    """What became of a locked attempt.

    ``to`` is it with its new values (``_replace``); node, promise and date follow from its state.
    ``fact`` tells the readers of the order's story, empty where nobody need know.
    """

    before: LockedAttempt
    to: LockedAttempt
    event: str
    fact: str = ""
    said: Said = field(default_factory=Said)
    data: Mapping[str, Any] = field(default_factory=dict)


def lock(attempt_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, LockedAttempt]:
    """Lock attempts for this transaction. Lock their orders first."""
    found = sql.rows(SQL.lock_attempts, {"ids": list(attempt_ids)})
    return {row[0]: LockedAttempt(*row) for row in found}


def read(attempt_ids: Iterable[uuid.UUID]) -> list[LockedAttempt]:
    """Attempts as they stand, without a lock."""
    found = sql.rows(SQL.read_attempts, {"ids": list(attempt_ids)})
    return [LockedAttempt(*row) for row in found]


def apply(changes: Sequence[Change], *, actor: str, now: datetime) -> None:
    """Carry out changes of locked attempts. LostMove, ValueError for a move not in the table."""
    if not changes:
        return
    for change in changes:
        source, target = change.before.state, change.to.state
        if source != target and not ATTEMPT.permits(source, target):
            raise ValueError(f"no move from {source} to {target}")
    changes = _promised(changes, now)
    if sql.count(SQL.move_attempts, _columns(changes, now)) != len(changes):
        raise LostMove([change.before.id.hex for change in changes][:5])
    tell(changes, actor=actor, now=now)


def tell(changes: Sequence[Change], *, actor: str, now: datetime) -> None:
    """Keep what happened to attempts, and tell it where it has a fact."""
    add_events(changes, actor=actor, now=now)
    journal.write_many([_fact(change, actor, now) for change in changes if change.fact])


def add_events(changes: Sequence[Change], *, actor: str, now: datetime) -> None:
    """Keep what happened, also where it changed nothing."""
    if not changes:
        return
    said = [change.said for change in changes]
    sql.count(
        SQL.add_events,
        {
            "ids": list(ids.uuid7_many(len(changes), now)),
            "shop_ids": [change.before.shop_id for change in changes],
            "attempt_ids": [change.before.id for change in changes],
            "ats": [now] * len(changes),
            "kinds": [change.event for change in changes],
            "stands": [change.to.state for change in changes],
            "statuses": [one.status for one in said],
            "details": [one.detail[:DETAIL_CHARS_MAX] for one in said],
            "fences": [change.to.fence for change in changes],
            "actors": [actor] * len(changes),
            "requests": [one.request[:KEPT_CHARS_MAX] for one in said],
            "responses": [one.response[:KEPT_CHARS_MAX] for one in said],
            "datas": [json.dumps(change.data, ensure_ascii=False) for change in changes],
        },
    )


def _promised(changes: Sequence[Change], now: datetime) -> list[Change]:
    """The changes with the dates their states ask for; a claim's date is a promise of its own."""
    made: list[promises.NewPromise] = []
    ended: list[promises.NewEnding] = []
    dated = []
    for change in changes:
        to = change.to
        claimed = to.state == "cut_off"
        keeps = claimed and to.promise_id is not None and change.event != "late"
        new = _claim(to, now) if claimed and not keeps else None
        if new is not None:
            made.append(new)
        if to.promise_id is not None and not keeps:
            ended.append(_ending(change, new, now))
        dated.append(Change(**{**vars(change), "to": _dated(to, new)}))
    promises.make_many(made)
    promises.end_many(ended)
    return dated


def _dated(to: LockedAttempt, promise: promises.NewPromise | None) -> LockedAttempt:
    if to.state in ATTEMPT.closed:
        return to._replace(node=None, owner=None, promised_at=None, promise_id=None, next_at=None)
    to = to._replace(node=NODES[to.state])
    if promise is not None:
        return to._replace(owner=promise.owner, promised_at=promise.due_at, promise_id=promise.id)
    if to.state in ("cut_off", "planned"):
        return to
    clocks = [at for at in (to.next_at, to.cut_off_at) if at is not None]
    return to._replace(promised_at=min(clocks))


def _claim(to: LockedAttempt, now: datetime) -> promises.NewPromise:
    clocks = promise_rules.rules_of(to.shop_id, now=now)
    due = clocks.due("claiming_back", now)
    return promises.NewPromise(
        shop_id=to.shop_id,
        subject="attempt",
        subject_id=to.id,
        node="claiming_back",
        owner=PERSON,
        made_at=now,
        due_at=due.due_at,
        consequence="escalate",
        basis=clocks.rule("claiming_back").basis(due),
    )


def _ending(
    change: Change, successor: promises.NewPromise | None, now: datetime
) -> promises.NewEnding:
    to = change.to
    assert to.promise_id is not None
    assert change.before.promised_at is not None
    late = now > change.before.promised_at or change.event == "late"
    how, reason = ("broken", "late") if late else ("kept", "")
    return promises.NewEnding(
        to.promise_id, to.shop_id, now, how, reason, successor.id if successor else None
    )


def _fact(change: Change, actor: str, now: datetime) -> journal.NewFact:
    to = change.to
    data = {"attempt": to.id.hex, "supplier": to.code, **change.data}
    if to.reason:
        data["reason"] = to.reason
    if to.next_at is not None and to.state not in ATTEMPT.closed:
        data["next_at"] = to.next_at.isoformat(timespec="seconds")
    subject, subject_id = ("order", to.order_id) if to.order_id else ("attempt", to.id)
    return journal.NewFact(change.fact, subject, subject_id, to.shop_id, actor, now, data)


def _columns(changes: Sequence[Change], now: datetime) -> dict[str, list[object]]:
    after = [change.to for change in changes]
    return {
        "ids": [to.id for to in after],
        "from_states": [change.before.state for change in changes],
        "states": [to.state for to in after],
        "nodes": [to.node for to in after],
        "owners": [to.owner for to in after],
        "promised_ats": [to.promised_at for to in after],
        "promise_ids": [to.promise_id for to in after],
        "references": [to.reference for to in after],
        "answers": [to.answer for to in after],
        "reasons": [to.reason[:DETAIL_CHARS_MAX] for to in after],
        "borne_bys": [to.borne_by for to in after],
        "costs": [to.cost_fen for to in after],
        "asked": [to.asked for to in after],
        "next_ats": [to.next_at for to in after],
        "cut_off_ats": [to.cut_off_at for to in after],
        "ended_ats": [now if to.state in ATTEMPT.closed else None for to in after],
    }
