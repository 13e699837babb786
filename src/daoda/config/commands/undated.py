"""``daoda undated``: print what waits with no owner, node or date; always nothing."""

from __future__ import annotations

import argparse

from daoda.config import installation

_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


def run(options: argparse.Namespace) -> int:
    """Look at every open row of every table with a state; 1 if any waits undated."""
    del options
    with installation.opened() as addresses, installation.connect(addresses.app) as connection:
        from daoda.config import django_ready

        django_ready()
        from daoda.records.promises import queries as promises

        with connection.transaction():
            connection.execute(_ONE_MOMENT)
            looked = promises.look(connection)
    for each in looked:
        verdict = f"{each.undated} UNDATED" if each.undated else "none undated"
        guard = "" if each.guarded else "  NO CONSTRAINT GUARDS IT"
        print(f"{each.table:40} {each.rows:>10} rows {each.open:>10} open  {verdict}{guard}")
    rows, undated = sum(each.rows for each in looked), sum(each.undated for each in looked)
    unguarded = sum(not each.guarded for each in looked)
    print(f"{len(looked)} tables, {rows} rows looked at: {undated} wait undated")
    return 1 if undated or unguarded or not looked else 0
