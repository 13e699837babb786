"""How a notice moves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from daoda.kit import ids, sql
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.payments.models import Notice
from daoda.trade.payments.rules import Arrived

SQL = sql.load("daoda.trade.payments")


def settle(notices: Sequence[Arrived], outcomes: Sequence[str], *, now: datetime) -> None:
    """Nothing more is to be done about these; a promise made when settling was late ends."""
    promises.end_many([_settled(notice, now) for notice in notices if notice.promise_id])
    move(
        [notice.notice_id for notice in notices],
        ["received"] * len(notices),
        ["settled"] * len(notices),
        list(outcomes),
        [None] * len(notices),
    )


def to_person(
    notices: Sequence[Arrived], outcomes: Sequence[str], *, owner: str, now: datetime
) -> None:
    """Somebody in ``owner`` has to find out what these are, by a date."""
    if not notices:
        return
    made = [dated(n.shop_id, "notice", n.notice_id, "matching", owner, now) for n in notices]
    promises.make_many(made)
    promises.end_many([_settled(notice, now) for notice in notices if notice.promise_id])
    move(
        [notice.notice_id for notice in notices],
        ["received"] * len(notices),
        ["unmatched"] * len(notices),
        list(outcomes),
        list(made),
    )
    journal.write_many(
        [
            journal.NewFact(
                "payment.unmatched", "notice", notice.notice_id, notice.shop_id,
                "machine:settle", now, {"outcome": outcome, "amount_fen": notice.amount_fen},
            )
            for notice, outcome in zip(notices, outcomes, strict=True)
        ]
    )  # fmt: skip


def _settled(notice: Arrived, now: datetime) -> promises.NewEnding:
    assert notice.promise_id is not None
    how, reason = ("broken", "late") if now > notice.promised_at else ("kept", "")
    return promises.NewEnding(notice.promise_id, notice.shop_id, now, how, reason)


def send_to_person(notice: Notice, outcome: str, *, owner: str, now: datetime) -> None:
    """One locked notice needs a person, whatever state it was in."""
    made = dated(notice.shop_id, "notice", notice.pk, "matching", owner, now)
    promises.make_many([made])
    if notice.promise_id is not None:
        promises.end_many(
            [
                promises.NewEnding(
                    notice.promise_id, notice.shop_id, now, "superseded", outcome, made.id
                )
            ]
        )
    move([notice.pk], [notice.state], ["unmatched"], [outcome], [made])
    journal.write(
        kind="payment.unmatched", subject="notice", subject_id=notice.pk,
        shop_id=notice.shop_id, actor="machine:confirm", at=now,
        data={"outcome": outcome, "amount_fen": notice.amount_fen},
    )  # fmt: skip


def move(
    notice_ids: list[uuid.UUID],
    from_states: list[str],
    states: list[str],
    outcomes: list[str],
    made: Sequence[promises.NewPromise | None],
) -> int:
    """Write states and what they carry; returns how many were where they were thought to be."""
    if not notice_ids:
        return 0
    return sql.count(
        SQL.move_notices,
        {
            "ids": notice_ids,
            "from_states": from_states,
            "states": states,
            "outcomes": outcomes,
            "nodes": [promise.node if promise else None for promise in made],
            "owners": [promise.owner if promise else None for promise in made],
            "promised_ats": [promise.due_at if promise else None for promise in made],
            "promise_ids": [promise.id if promise else None for promise in made],
        },
    )


def dated(
    shop_id: uuid.UUID, subject: str, subject_id: uuid.UUID, node: str, owner: str, now: datetime
) -> promises.NewPromise:
    """The promise of a node that begins now, by the shop's rule for it."""
    clocks = promise_rules.rules_of(shop_id, now=now)
    due = clocks.due(node, now)
    return promises.NewPromise(
        shop_id=shop_id,
        subject=subject,
        subject_id=subject_id,
        node=node,
        owner=owner,
        made_at=now,
        due_at=due.due_at,
        consequence="escalate",
        basis=clocks.rule(node).basis(due),
        id=ids.uuid7(now),
    )
