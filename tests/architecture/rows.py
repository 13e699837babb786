"""Rows for tables nobody has told us about, made from what the database says of their columns.

Only NOT NULL columns without a default are filled, parents first. What a CHECK asks beyond that
is listed in `ASKED`; a new table that asks for more fails in `insert` with the constraint's name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from daoda.kit import ids
from tests.architecture import catalogue

MOMENT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)

# Values that CHECK constraints ask for, by table; a function makes one when it is needed.
ASKED: dict[str, dict[str, Any]] = {
    "catalog_coupon": {"kind": "amount"},
    "catalog_product": {"kind": "code"},
    "ledger_transfer": {"credit_id": lambda: insert("ledger_account", kind="revenue")["id"]},
    "stock_import": {"mode": "ask"},
    "suppliers_supplier": {"cut_off_policy": "wait"},
    "stock_code": {"place": "shelf"},
}
_FILL: dict[str, Any] = {
    "uuid": None,
    "timestamptz": MOMENT,
    "date": MOMENT.date(),
    "bool": False,
    "bytea": b"x",
    "jsonb": "{}",
    "interval": "1 day",
    "_text": "{}",
    "_varchar": "{}",
}


def insert(table: str, **values: Any) -> dict[str, Any]:
    """Insert a row with these values, everything else filled in; its primary key as a dict."""
    row = _filled(table)
    for name, asked in ASKED.get(table, {}).items():
        row[name] = asked() if callable(asked) else asked
    row |= values
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    key = _primary_key(table)
    wanted = ", ".join(f'"{name}"' for name in key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {wanted}",
            list(row.values()),
        )
        return dict(zip(key, cursor.fetchone(), strict=True))


def _filled(table: str) -> dict[str, Any]:
    parents = _parents(table)
    found = catalogue.rows(
        """
        SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
        """,
        [table],
    )
    filled: dict[str, Any] = {}
    for name, kind in found:
        if parent := parents.get(str(name)):
            (filled[str(name)],) = _only(parent).values()
        elif kind == "uuid":
            filled[str(name)] = ids.uuid7(MOMENT)
        else:
            filled[str(name)] = _FILL.get(str(kind), 1 if "int" in str(kind) else "x")
    return filled


def _only(table: str) -> dict[str, Any]:
    """A parent row: the one there is, or a new one."""
    key = ", ".join(_primary_key(table))
    found = catalogue.rows(f"SELECT {key} FROM {table} LIMIT 1")
    if found:
        return dict(zip(_primary_key(table), found[0], strict=True))
    return insert(table)


def _parents(table: str) -> dict[str, str]:
    """Column to the table its foreign key points to."""
    found = catalogue.rows(
        """
        SELECT a.attname, c.confrelid::regclass::text FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.conrelid = %s::regclass AND c.contype = 'f' AND c.conparentid = 0
        """,
        [table],
    )
    return {str(column): str(parent) for column, parent in found}


def _primary_key(table: str) -> list[str]:
    found = catalogue.rows(
        """
        SELECT a.attname FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = %s::regclass AND i.indisprimary
        """,
        [table],
    )
    return [str(name) for (name,) in found]
