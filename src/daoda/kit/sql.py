"""Named SQL statements, kept as documents beside their package.

A ``statements.sql`` holds statements, each headed by ``-- name: what_it_is`` and one line that
says its purpose. They are run on Django's own connection, inside its transaction, with
parameters bound and the plan prepared by the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.json import JsonbLoader

from daoda.kit import columns

_HEADING = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\n-- (?P<purpose>.+)\n", re.MULTILINE)

Params = Mapping[str, object] | Sequence[object]
Row = tuple[Any, ...]


class Statements:
    """The statements of one package, as attributes."""

    def __init__(self, origin: str, texts: Mapping[str, str]) -> None:
        self.origin = origin
        self.texts = dict(texts)

    def __getattr__(self, name: str) -> str:
        try:
            return self.texts[name]
        except KeyError:
            raise AttributeError(
                f"{self.origin}/statements.sql has no statement {name!r}"
            ) from None


@cache
def load(package: str) -> Statements:
    """The statements of ``package`` (its dotted name).

    Raises FileNotFoundError without a statements.sql, ValueError for a statement without name
    and purpose.
    """
    text = resources.files(package).joinpath("statements.sql").read_text(encoding="utf-8")
    return Statements(package, parse(text))


def parse(text: str) -> dict[str, str]:
    """A statements.sql as name → statement. ValueError when something stands outside a name."""
    headings = list(_HEADING.finditer(text))
    before = text[: headings[0].start()] if headings else text
    if any(line.strip() and not line.startswith("--") for line in before.splitlines()):
        raise ValueError("a statement without '-- name:' and a purpose line")
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {
        heading["name"]: text[heading.end() : end].strip().rstrip(";")
        for heading, end in zip(headings, ends, strict=True)
    }


def rows(statement: str, params: Params | None = None) -> list[Row]:
    """Run a statement that returns rows, in the current transaction."""
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(statement, columns.bound(params), prepare=True)
        return cursor.fetchall()


def count(statement: str, params: Params | None = None) -> int:
    """Run a statement for its effect; the number of rows it touched is the verdict."""
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(statement, columns.bound(params), prepare=True)
        return cursor.rowcount


def _cursor() -> psycopg.Cursor[Row]:
    # Django's own cursors bind on the client: arrays of thousands would travel as literals.
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    # Django has its connections give jsonb as text and decodes it in its fields, and sets the
    # zone of each time in Python; the session's zone is UTC anyway.
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    columns.register(cursor)
    return cursor
