"""What the database itself says about our tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Check:
    """A CHECK constraint: its name, and its expression over the table's bare column names."""

    name: str
    expression: str


def rows(statement: str, params: list[Any] | None = None) -> list[tuple[object, ...]]:
    """Rows of a read over the catalogue, as the role the tests run under."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def tables_with(column: str) -> set[str]:
    """Tables of ours that have this column; partitions are named by their parent alone."""
    found = rows(
        """
        SELECT c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %s AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        """,
        [column],
    )
    return {str(name) for (name,) in found}


def required_columns(table: str) -> dict[str, bool]:
    """Column name to whether the database refuses NULL in it."""
    found = rows(
        """
        SELECT attname, attnotnull FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
        """,
        [table],
    )
    return {str(name): bool(required) for name, required in found}


def checks(table: str) -> list[Check]:
    """The table's validated CHECK constraints."""
    found = rows(
        """
        SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conrelid = %s::regclass AND contype = 'c' AND convalidated
        """,
        [table],
    )
    return [Check(str(name), str(expression)) for name, expression in found]


def check_ending(table: str, suffix: str) -> Check:
    """The one CHECK of the table whose name ends so; AssertionError when there is not one."""
    found = [check for check in checks(table) if check.name.endswith(suffix)]
    assert len(found) == 1, f"{table} needs one CHECK named …{suffix}, has {found}"
    return found[0]


def partitions(table: str) -> list[str]:
    """The table's partitions, none for a plain table."""
    found = rows("SELECT relid::text FROM pg_partition_tree(%s) WHERE isleaf", [table])
    return [str(name) for (name,) in found if name != table]
