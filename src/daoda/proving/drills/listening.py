"""Subscribers of the journal, and whether they were told every fact once and as it is.

One listens while things happen, in a process that is killed like any other; one subscribes
before and reads only afterwards. What a subscriber hears it writes down in the transaction that
moves its cursor, as every real reaction does: ``python -m daoda.proving.drills.listening NAME``.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import datetime

import psycopg

LIVE, AFTER = "drill.live", "drill.after"
BATCH_ROWS = 500
EVERY_S = 0.2
_TABLES = """
CREATE TABLE drill_before AS SELECT id FROM journal_fact;
CREATE TABLE drill_heard (
    who text, id uuid, kind text, subject text, subject_id uuid, actor text, at timestamptz,
    data jsonb
);
CREATE VIEW drill_facts AS
    SELECT id, kind, subject, subject_id, actor, at, data FROM journal_fact f
    WHERE NOT EXISTS (SELECT 1 FROM drill_before b WHERE b.id = f.id);
GRANT SELECT ON drill_facts TO daoda_app;
GRANT SELECT, INSERT ON drill_heard TO daoda_app;
"""
_MISSED = """
WITH heard AS (
    SELECT id, kind, subject, subject_id, actor, at, data FROM drill_heard WHERE who = %(who)s
)
SELECT (SELECT count(*) FROM drill_facts),
       (SELECT count(*) FROM (TABLE drill_facts EXCEPT ALL TABLE heard) f),
       (SELECT count(*) FROM (TABLE heard EXCEPT ALL TABLE drill_facts) f)
"""
_WRITE = """
INSERT INTO drill_heard (who, id, kind, subject, subject_id, actor, at, data)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def join(owner_url: str) -> None:
    """Let both subscribe from now on. Nothing may be going on meanwhile."""
    from daoda.records.journal import actions as journal

    with psycopg.connect(owner_url) as connection:
        connection.execute(_TABLES.encode())
    for name in (LIVE, AFTER):
        journal.subscribe(name)


def missed(connection: psycopg.Connection, name: str) -> tuple[int, int, int]:
    """How many facts there are, how many were not told, and how many told otherwise or again."""
    row = connection.execute(_MISSED.encode(), {"who": name}).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def hear(name: str, now: datetime) -> int:
    """One batch: what was told is written down where the cursor moves; how many facts."""
    from daoda.kit import sql
    from daoda.records.journal import actions as journal

    with journal.batch(name, now=now, batch_rows=BATCH_ROWS) as facts:
        for fact in facts:
            told = (fact.id, fact.kind, fact.subject, fact.subject_id, fact.actor, fact.at)
            sql.count(_WRITE, (name, *told, json.dumps(fact.data)))
    return len(facts)


def main() -> None:
    """Listen as the worker's loops do, until told to stop."""
    from daoda.config import django_ready

    django_ready()
    from daoda.kit.loops import Engine, Loop

    name = sys.argv[1]
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    engine = Engine([Loop(name, lambda now: hear(name, now), every_s=EVERY_S)])
    engine.start()
    told.wait()
    engine.stop()


if __name__ == "__main__":
    main()
