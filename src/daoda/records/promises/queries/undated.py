"""The first law, looked up in the database itself: nothing waits undated.

Which states are closed is asked of each table's own constraint, by letting it judge a row that
has a state and nothing else. The rows are then read one by one, so that the answer does not rest
on the constraint alone. Weakness: cost follows all rows there are, not what is open; ask it now
and then, not at every turn.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import psycopg
from django.db import connection as shared
from django.db import transaction
from psycopg import sql

CONSTRAINT = "%_nothing_undated"
_TABLES = """
SELECT c.oid::regclass::text, pg_get_expr(k.conbin, k.conrelid)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'state' AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated
    AND k.conname LIKE %s
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""
_STATES = "SELECT state, count(*) FROM {table} WHERE {where} GROUP BY state"
_CLOSED = """
SELECT ({law}) IS TRUE
FROM jsonb_populate_record(NULL::{table}, jsonb_build_object('state', %s::text)) AS r
"""
_UNDATED = """
SELECT count(*) FROM {table}
WHERE {where} AND NOT (state = ANY (%s::text[]))
  AND (coalesce(owner, '') = '' OR coalesce(node, '') = ''
       OR promised_at IS NULL OR NOT isfinite(promised_at))
"""


@dataclass(frozen=True)
class Looked:
    """What was seen in one table. ``guarded``: its constraint is there and validated."""

    table: str
    rows: int
    open: int
    undated: int
    guarded: bool


def look(connection: psycopg.Connection, *, shop_id: uuid.UUID | None = None) -> list[Looked]:
    """Every table with a state, each row read; of all shops, or of one.

    Whoever wants all tables as of one moment opens a transaction of that kind around it.
    """
    where = sql.SQL("shop_id = {}").format(shop_id) if shop_id else sql.SQL("true")
    tables = connection.execute(_TABLES, (CONSTRAINT,)).fetchall()
    return [_look_at(connection, table, law, where) for table, law in tables]


def look_in_shop(shop_id: uuid.UUID) -> list[Looked]:
    """``look`` at one shop's rows, on Django's own connection."""
    with transaction.atomic():
        return look(shared.connection, shop_id=shop_id)


def _look_at(
    connection: psycopg.Connection, table: str, law: str | None, where: sql.Composable
) -> Looked:
    name = sql.SQL(table)  # quoted by regclass
    states = sql.SQL(_STATES).format(table=name, where=where)
    counts: dict[str, int] = dict(connection.execute(states).fetchall())
    closed = []
    if law is not None:
        judge = sql.SQL(_CLOSED).format(law=sql.SQL(law), table=name)
        verdicts = {state: connection.execute(judge, (state,)).fetchone() for state in counts}
        closed = [state for state, verdict in verdicts.items() if verdict and verdict[0]]
    undated = sql.SQL(_UNDATED).format(table=name, where=where)
    found = connection.execute(undated, (closed,)).fetchone()
    rows = sum(counts.values())
    return Looked(
        table=table,
        rows=rows,
        open=rows - sum(counts[state] for state in closed),
        undated=found[0] if found else 0,
        guarded=law is not None,
    )
