"""Every statement of every statements.sql is one the real database understands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from daoda.kit import sql

SOURCE = Path(__file__).resolve().parents[2] / "src" / "daoda"
_PARAMETER = re.compile(r"(?<!%)%\((?P<name>\w+)\)s")
# Types the driver sends with a value and PREPARE cannot guess from the text alone.
_TYPES = {"now": "timestamptz", "cost": "interval", "window": "interval"}


def _statements() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("statements.sql")):
        for name, text in sql.parse(path.read_text(encoding="utf-8")).items():
            yield f"{path.parent.relative_to(SOURCE).as_posix()}:{name}", text


STATEMENTS = dict(_statements())


@pytest.mark.django_db
@pytest.mark.parametrize("title", STATEMENTS)
def test_a_statement_prepares(title: str) -> None:
    text = STATEMENTS[title]
    names = list(dict.fromkeys(match["name"] for match in _PARAMETER.finditer(text)))
    numbered = _PARAMETER.sub(lambda m: f"${names.index(m['name']) + 1}", text).replace("%%", "%")
    types = ", ".join(_TYPES.get(name, "unknown") for name in names)
    head = f"PREPARE asked ({types}) AS " if names else "PREPARE asked AS "
    with connection.cursor() as cursor:
        if text.startswith("SET LOCAL"):  # cannot be prepared, and ends with the transaction
            cursor.execute(text)
            return
        cursor.execute(head + numbered)
        cursor.execute("DEALLOCATE asked")


def test_every_statement_is_used() -> None:
    used = {
        word
        for path in SOURCE.rglob("*.py")
        if "tests" not in path.parts
        for word in re.findall(r"\.([a-z_0-9]+)\b", path.read_text(encoding="utf-8"))
    }
    assert not [title for title in STATEMENTS if title.partition(":")[2] not in used]


def test_what_is_claimed_is_chosen_once() -> None:
    """Chosen in a subquery, rows may be chosen again while those locked first are written."""
    claiming = [
        title
        for title, text in STATEMENTS.items()
        if ":claim_" in title and re.search(r"^UPDATE ", text, re.MULTILINE)
    ]
    assert "trade/stock:claim_import" in claiming
    assert not [title for title in claiming if " AS MATERIALIZED " not in STATEMENTS[title]]
