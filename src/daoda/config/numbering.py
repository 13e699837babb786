"""The numbers of transactions, which must go on rising when a database moves to another cluster.

Cursors read history by the number of the transaction that wrote a row (``kit.snapshots``). After
a restore the new cluster may count from lower than what was restored: everything written there
would lie below the cursors and never be read. ``daoda migrate`` then adds a distance; until it
has, nothing serves. See docs/algorithms/journal-cursor.md.
"""

from __future__ import annotations

from typing import Any

import psycopg

from daoda.config.installation import CannotGoOn, connect
from daoda.kit import snapshots

# The tables of history and of cursors: a test holds them against the models. Numbers must rise
# above all there are, and none of them may be that of a transaction that runs at this moment:
# a reader takes what a running one wrote for untold, however often it was told. Whoever runs
# in the cluster counts, also in its other databases. Every look into
# history goes by its index, however long history is: ordered by the column, named in full (a bare
# xid would be the number it is shown as), and from a running number on instead of whether it is
# there at all, for which the planner would read everything.
_LOOK = b"""
    WITH numbers AS MATERIALIZED (
        SELECT GREATEST(
            (SELECT f.xid::text::bigint FROM journal_fact f ORDER BY f.xid DESC LIMIT 1),
            (SELECT t.xid::text::bigint FROM ledger_transfer t ORDER BY t.xid DESC LIMIT 1),
            (SELECT max(split_part(snapshot, ':', 2)::bigint) - 1 FROM journal_subscriber),
            (SELECT max(split_part(snapshot, ':', 2)::bigint) - 1 FROM ledger_rollup)
        ) AS highest, daoda_snapshot() AS seen
    ), running AS MATERIALIZED (SELECT pg_snapshot_xip(seen) AS xid FROM numbers)
    SELECT highest >= pg_snapshot_xmax(seen)::text::bigint
               OR EXISTS (SELECT FROM running r WHERE r.xid =
                          (SELECT f.xid FROM journal_fact f WHERE f.xid >= r.xid
                           ORDER BY f.xid LIMIT 1))
               OR EXISTS (SELECT FROM running r WHERE r.xid =
                          (SELECT t.xid FROM ledger_transfer t WHERE t.xid >= r.xid
                           ORDER BY t.xid LIMIT 1)),
           highest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM numbers
"""


def behind(connection: psycopg.Connection[Any]) -> bool:
    """Whether a running transaction, or the next one, has a number that history knows already."""
    return _distance(connection) is not None


def catch_up(connection: psycopg.Connection[Any]) -> bool:
    """As the owner: lift numbers from the oldest running one on above all. True if needed."""
    distance = _distance(connection)
    if distance is None:
        return False
    connection.execute(snapshots.number_function(distance).encode())
    return True


def _distance(connection: psycopg.Connection[Any]) -> int | None:
    """What must be added to the cluster's own ids; None while numbers rise as they are."""
    row = connection.execute(_LOOK).fetchone()
    return row[1] if row and row[0] else None


def refuse_behind(app_url: str) -> None:
    """For processes that serve. Raises CannotGoOn in words."""
    with connect(app_url) as connection:
        try:
            left_behind = behind(connection)
        except (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable):
            raise CannotGoOn(
                "the tables are not of this version: run  daoda migrate  first"
            ) from None
    if left_behind:
        raise CannotGoOn(
            "the database was restored into a cluster that counts from lower than its history: "
            "run  daoda migrate  first, or what happens now would be missing in books and readers"
        )
