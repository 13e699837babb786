"""Whether the house is in order: every law of ``proving.laws`` asked of all rows.

Operators run it after a restore, a move or a drill: ``python -m daoda.proving.checker`` prints
what it finds and ends with 1 if there is anything. It reads as the application's role, changes
nothing, and asks no code that wrote what it checks. Weakness: cost follows all rows there are.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass
from typing import Any

import psycopg

from daoda.proving.laws import attempts, goods, money, refunds, word

LAWS = (*money.LAWS, *refunds.LAWS, *goods.LAWS, *attempts.LAWS, *word.LAWS)
FINDINGS_A_LAW_MAX = 100
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True)
class Finding:
    """A thing that breaks a law. ``subject`` is its id, or an account; ``words`` say how."""

    law: str
    subject: str
    words: str

    def __str__(self) -> str:
        return f"{self.law}: {self.subject}: {self.words}"


def findings(
    connection: psycopg.Connection[Any], *, shop_id: uuid.UUID | None = None
) -> list[Finding]:
    """What breaks a law, at most ``FINDINGS_A_LAW_MAX`` things of each; of all shops, or of one.

    Whoever wants all laws asked at one moment opens a transaction of that kind around it.
    """
    params = {"shop_id": shop_id}
    found = []
    for law in LAWS:
        rows = connection.execute(law.broken.encode(), params).fetchmany(FINDINGS_A_LAW_MAX)
        found += [Finding(law.name, subject, words) for subject, words in rows]
    return found + _undated(connection, shop_id)


def _undated(connection: psycopg.Connection[Any], shop_id: uuid.UUID | None) -> list[Finding]:
    from daoda.records.promises import queries as promises

    return [
        Finding("nothing_undated", seen.table, f"{seen.undated} rows wait undated")
        for seen in promises.look(connection, shop_id=shop_id)
        if seen.undated or not seen.guarded
    ]


def main() -> int:
    """Ask every law of the whole installation, as of one moment."""
    from daoda.config import installation

    with installation.opened() as addresses, installation.connect(addresses.app) as connection:
        from daoda.config import django_ready

        django_ready()
        with connection.transaction():
            connection.execute(_ONE_MOMENT)
            found = findings(connection)
    for finding in found:
        print(finding)
    print(f"{len(LAWS) + 1} laws asked: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
