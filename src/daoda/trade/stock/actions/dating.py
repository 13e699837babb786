"""Promises of imports and quarantines: made, ended, followed by the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.stock.models import Import, Quarantine

Thing = Import | Quarantine


@dataclass(frozen=True)
class Turn:
    """Whose turn it is at which node, and what happens by itself when the date passes."""

    node: str
    owner: str
    consequence: str


CHECKING = Turn("checking", "machine:stock_import", "escalate")
CHECKING_LATE = Turn("checking", "department:technical", "escalate")
INSPECTION = Turn("inspection", "department:operations", "escalate")


def decision_of(actor: str) -> Turn:
    """Whoever sent the import decides, if that is a member of staff."""
    owner = actor if actor.startswith("staff:") else "department:operations"
    return Turn("decision", owner, "discard")


def date(thing: Thing, turn: Turn, *, now: datetime) -> promises.NewPromise:
    """Promise the thing's next node and copy the date onto it; the caller saves the thing."""
    rules = promise_rules.rules_of(thing.shop_id, now=now)
    due = rules.due(turn.node, now)
    promise = promises.NewPromise(
        shop_id=thing.shop_id,
        subject="import" if isinstance(thing, Import) else "quarantine",
        subject_id=thing.id,
        node=turn.node,
        owner=turn.owner,
        made_at=now,
        due_at=due.due_at,
        consequence=turn.consequence,
        basis=rules.rule(turn.node).basis(due),
    )
    thing.node, thing.owner = turn.node, turn.owner
    thing.promised_at, thing.promise_id = promise.due_at, promise.id
    promises.make_many([promise])
    return promise


def end(thing: Thing, *, now: datetime, broken_reason: str = "late") -> promises.NewEnding:
    """How the thing's promise ends at this moment: kept by its date, broken after it."""
    if thing.promise_id is None or thing.promised_at is None:
        raise RuntimeError(f"{thing.id} carries no promise")
    kept = now <= thing.promised_at
    return promises.NewEnding(
        promise_id=thing.promise_id,
        shop_id=thing.shop_id,
        at=now,
        how="kept" if kept else "broken",
        reason="" if kept else broken_reason,
    )


def pass_on(thing: Thing, turn: Turn, *, now: datetime) -> None:
    """End the thing's promise and make the next one; the caller saves the thing."""
    ending = end(thing, now=now)
    following = date(thing, turn, now=now)
    promises.end_many([_followed(ending, following)])


def close(thing: Thing, *, now: datetime) -> None:
    """End the thing's promise for good; the caller saves the thing in a closed state."""
    promises.end_many([end(thing, now=now)])
    thing.node = thing.owner = thing.promised_at = thing.promise_id = None


def tell(kind: str, thing: Thing, *, actor: str, now: datetime, **data: object) -> None:
    """Write a fact about an import or a quarantine."""
    journal.write(
        kind=kind,
        subject="import" if isinstance(thing, Import) else "quarantine",
        subject_id=thing.id,
        shop_id=thing.shop_id,
        actor=actor,
        at=now,
        data=data,
    )


def _followed(ending: promises.NewEnding, following: promises.NewPromise) -> promises.NewEnding:
    return promises.NewEnding(
        promise_id=ending.promise_id,
        shop_id=ending.shop_id,
        at=ending.at,
        how=ending.how,
        reason=ending.reason,
        successor=following.id,
    )
