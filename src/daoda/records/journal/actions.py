"""Writing facts, and reading them as a subscriber."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from daoda.kit import ids, snapshots, sql

SQL = sql.load(__package__)
BATCH_ROWS = 2000


@dataclass(frozen=True)
class NewFact:
    """A fact to be written. ``data`` holds ids, numbers and words, never a person's details."""

    kind: str
    subject: str
    subject_id: uuid.UUID
    shop_id: uuid.UUID
    actor: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToldFact(NewFact):
    """A fact as a subscriber hears it."""

    id: uuid.UUID = field(default_factory=ids.uuid7)


def write(
    *,
    kind: str,
    subject: str,
    subject_id: uuid.UUID,
    shop_id: uuid.UUID,
    actor: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one fact in the current transaction."""
    write_many([NewFact(kind, subject, subject_id, shop_id, actor, at, data or {})])


def write_many(facts: Sequence[NewFact]) -> None:
    """Write facts in one statement, in the current transaction."""
    if not facts:
        return
    sql.count(
        SQL.write_facts,
        {
            "ids": list(ids.uuid7_many(len(facts), facts[0].at)),
            "shop_ids": [fact.shop_id for fact in facts],
            "kinds": [fact.kind for fact in facts],
            "subjects": [fact.subject for fact in facts],
            "subject_ids": [fact.subject_id for fact in facts],
            "actors": [fact.actor for fact in facts],
            "ats": [fact.at for fact in facts],
            "datas": [json.dumps(fact.data, ensure_ascii=False) for fact in facts],
        },
    )


def subscribe(name: str) -> None:
    """Make a subscriber known; it hears of what is committed from now on. Safe to repeat.

    That includes what the caller's own transaction has written and will write.
    """
    if sql.rows(SQL.subscriber_known, {"name": name}):
        return
    with transaction.atomic():
        ((seen, own),) = sql.rows(SQL.seen_and_own)
        snapshot = snapshots.without(snapshots.Snapshot.parse(seen), int(own))
        sql.count(SQL.join_subscriber, {"name": name, "snapshot": str(snapshot)})


@contextmanager
def batch(
    name: str, *, now: datetime, batch_rows: int = BATCH_ROWS
) -> Iterator[Sequence[ToldFact]]:
    """The next facts for a subscriber, in a transaction with whatever the block does of them.

    The cursor moves when the block ends well; when it raises, the same facts come again. Empty
    when there is nothing new or another process is reading. Whole transactions are told, so one
    that wrote more than ``batch_rows`` facts makes a longer batch.
    """
    with transaction.atomic():
        cursor = sql.rows(SQL.lock_subscriber, {"name": name})
        if not cursor:
            yield ()
            return
        read = snapshots.Snapshot.parse(cursor[0][0])
        found = sql.rows(
            SQL.read_since,
            {
                "running": [str(xid) for xid in read.running],
                "xmax": str(read.xmax),
                "batch_rows": batch_rows,
            },
        )
        if not found:
            # The cursor stays: nothing was committed in between that we could have missed.
            yield ()
            return
        yield [
            ToldFact(kind, subject, subject_id, shop_id, actor, at, data, fact_id)
            for fact_id, shop_id, kind, subject, subject_id, actor, at, data, *_ in found
        ]
        cut, own = found[0][9], found[0][11]
        seen = snapshots.without(snapshots.Snapshot.parse(found[0][10]), int(own))
        after = snapshots.advance(read, seen, int(cut) if cut is not None else None)
        sql.count(SQL.move_cursor, {"name": name, "snapshot": str(after), "now": now})
