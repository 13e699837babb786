"""What the application's role may do: everything the shop does, and never change history."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

# A table of history is one whose trigger refuses changes (kit.insert_only).
HISTORY = """
SELECT DISTINCT c.oid::regclass::text, c.relispartition
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_class c ON c.oid = t.tgrelid
WHERE p.proname = 'daoda_refuse_change' AND t.tgtype & 16 <> 0  -- refuses UPDATE
ORDER BY 1
"""

EXCESS = """
SELECT c.oid::regclass::text || ' ' || p.privilege
FROM pg_trigger t
JOIN pg_proc f ON f.oid = t.tgfoid AND f.proname = 'daoda_refuse_change'
    AND t.tgtype & 16 <> 0
JOIN pg_class c ON c.oid = t.tgrelid
CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
WHERE has_table_privilege(%(role)s, c.oid, p.privilege)
   OR (p.privilege = 'UPDATE' AND has_any_column_privilege(%(role)s, c.oid, 'UPDATE'))
GROUP BY 1
ORDER BY 1
"""


@dataclass(frozen=True)
class Granted:
    """How many tables the role may write, and how many it may only add to."""

    tables: int
    history: int


def apply(connection: psycopg.Connection, role: str) -> Granted:
    """Give ``role`` its rights on all tables of the schema, as their owner, in one transaction."""
    name = sql.Identifier(role)
    with connection.transaction():
        for grant in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}",
            "GRANT EXECUTE ON FUNCTION"
            " public.daoda_make_partitions(regclass, timestamptz, int) TO {}",
        ):
            connection.execute(sql.SQL(grant).format(name))
        history = connection.execute(HISTORY).fetchall()
        for table, _ in history:
            connection.execute(
                sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.SQL(table), name)
            )
        counted = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace AND NOT relispartition"
        ).fetchone()
    return Granted(counted[0] if counted else 0, sum(not part for _, part in history))


def excess(connection: psycopg.Connection, role: str) -> list[str]:
    """The rights on history that ``role`` has and must not have, as "table RIGHT"."""
    return [row for (row,) in connection.execute(EXCESS, {"role": role})]
