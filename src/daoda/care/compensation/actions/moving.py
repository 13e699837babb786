"""How a case moves: state, promise, date and fact in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from daoda.care.compensation.models import Case
from daoda.care.compensation.states import CASE
from daoda.kit import ids
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules

ACTOR = "machine:compensation"
# A step that is due is done within this time; the machine looks every second.
WITHIN = timedelta(minutes=5)
# Whoever decides that money goes back does not pay it out: finance is asked for neither.
PERSON = "department:operations"


def wait_for_step(case: Case, at: datetime, now: datetime, *, reason: str = "") -> None:
    """The machine's turn, at ``at`` or as soon as it can."""
    case.state, case.asked, case.next_at = "running", "", max(at, now)
    _date(
        case, "compensating", ACTOR, case.next_at + WITHIN, "compensate", now,
        reason=reason, basis={"policy": case.policy_id.hex, "step": case.step},
    )  # fmt: skip


def ask_person(case: Case, asked: str, now: datetime, *, reason: str) -> None:
    """A person's turn, by the shop's rule for decisions."""
    clocks = promise_rules.rules_of(case.shop_id, now=now)
    due = clocks.due("decision", now)
    case.state, case.asked, case.next_at = "with_person", asked, due.due_at
    basis = clocks.rule("decision").basis(due)
    _date(case, "decision", PERSON, due.due_at, "escalate", now, reason=reason, basis=basis)
    tell(case, "compensation.asked", ACTOR, now, {"for": asked})


def settle(case: Case, outcome: str, actor: str, now: datetime) -> None:
    """Nothing more is to be done for this order."""
    _end_promise(case, now, None, reason="")
    case.state, case.outcome, case.closed_at = "settled", outcome, now
    case.node = case.owner = case.promised_at = case.promise_id = case.next_at = None
    case.asked = ""
    case.save()
    tell(case, "compensation.settled", actor, now, {"outcome": outcome})


def tell(case: Case, kind: str, actor: str, now: datetime, data: Mapping[str, Any]) -> None:
    """A fact of the order: whoever reads its story reads what was done about its lateness."""
    journal.write(
        kind=kind, subject="order", subject_id=case.order_id, shop_id=case.shop_id,
        actor=actor, at=now, data={"case": case.pk.hex, **data},
    )  # fmt: skip


def _date(
    case: Case, node: str, owner: str, due_at: datetime, consequence: str, now: datetime, *,
    reason: str, basis: Mapping[str, Any],
) -> None:  # fmt: skip
    promise = promises.NewPromise(
        shop_id=case.shop_id, subject="compensation", subject_id=case.pk, node=node, owner=owner,
        made_at=now, due_at=due_at, consequence=consequence, basis=basis, id=ids.uuid7(now),
    )  # fmt: skip
    promises.make_many([promise])
    _end_promise(case, now, promise, reason=reason)
    case.node, case.owner, case.promised_at = node, owner, due_at
    case.promise_id = promise.id
    case.save(force_insert=case._state.adding)


def _end_promise(
    case: Case, now: datetime, successor: promises.NewPromise | None, *, reason: str
) -> None:
    if case.promise_id is None:
        return
    assert case.promised_at is not None
    if now > case.promised_at:
        how, why = "broken", "late"
    else:
        how, why = ("superseded", reason) if reason else ("kept", "")
    next_id = successor.id if successor else None
    promises.end_many([promises.NewEnding(case.promise_id, case.shop_id, now, how, why, next_id)])


def check_move(before: str, after: str) -> None:
    """ValueError for a move that is not in the table."""
    if before != after and not CASE.permits(before, after):
        raise ValueError(f"no move from {before} to {after}")
