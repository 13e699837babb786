"""Reading an insert-only table in the order of commits, by snapshot.

Serial ids commit out of order, so "id above the last one" loses rows; reading only below the
oldest running transaction stalls behind one long import. A cursor here is a ``pg_snapshot``:
untold are the rows of transactions at or above its edge and of those that were running below
it. Both are index look-ups, so a reader's cost does not grow with a transaction held open.
Source: PostgreSQL documentation, "Transaction ID and Snapshot Information Functions".

Transaction ids belong to one database cluster. Rows and cursors bear numbers instead: the id,
and once a database has been restored into a cluster whose counter is lower, the id and a
distance that keeps new numbers above all there are (``config.numbering``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field  # not subscriptable when the program runs


# STABLE: then the snapshot is that of the statement that asks, and not one of its own.
SNAPSHOT_FUNCTION = """
CREATE OR REPLACE FUNCTION public.daoda_snapshot() RETURNS pg_snapshot
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT format('%s:%s:%s', public.daoda_number(pg_snapshot_xmin(seen)),
                  public.daoda_number(pg_snapshot_xmax(seen)),
                  (SELECT string_agg(public.daoda_number(xid)::text, ',' ORDER BY xid)
                   FROM pg_snapshot_xip(seen) AS xid))::pg_snapshot
    FROM pg_current_snapshot() AS seen
$$;
"""


def number_function(distance: int) -> str:
    """SQL of the function that makes a transaction's number of its id.

    A constant inside it, and no table: the planner puts it in place of the call, so a row of
    history costs no more than without.
    """
    made = f"($1::text::bigint + {distance})::text::xid8" if distance else "$1"
    return f"""
CREATE OR REPLACE FUNCTION public.daoda_number(xid8) RETURNS xid8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT {made}';
"""


class TransactionIdField(AnyField):
    """The number of the transaction that wrote a row (``xid8``), set by the database at insert."""

    def __init__(self, **options: Any) -> None:
        written_by = models.Func(function="pg_current_xact_id")
        options.setdefault("db_default", models.Func(written_by, function="daoda_number"))
        options["editable"] = False
        super().__init__(**options)

    def db_type(self, connection: Any) -> str:
        return "xid8"


@dataclass(frozen=True)
class Snapshot:
    """A ``pg_snapshot``: every transaction below ``xmax`` is seen, except those in ``running``."""

    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """From PostgreSQL's text ``xmin:xmax:xip,xip``. ValueError for anything else."""
        _, xmax, running = text.split(":")
        return cls(int(xmax), frozenset(int(xid) for xid in running.split(",") if xid))

    def __str__(self) -> str:
        running = sorted(self.running)
        xmin = running[0] if running else self.xmax
        return f"{xmin}:{self.xmax}:{','.join(map(str, running))}"


def without(seen: Snapshot, own: int) -> Snapshot:
    """A snapshot as it was seen from inside transaction ``own``, which leaves itself out of it.

    What that transaction writes later is told like everything else: it counts as running.
    """
    if own >= seen.xmax:
        return seen
    return Snapshot(seen.xmax, seen.running | {own})


def advance(read: Snapshot, seen: Snapshot, cut: int | None) -> Snapshot:
    """The cursor after a batch.

    ``read`` is the cursor before, ``seen`` what the database showed, ``cut`` the last
    transaction the batch took (None: it took everything). A cursor that stops early still knows
    exactly what it has told: what it left behind below its edge counts as running.
    """
    if cut is None:
        return seen
    xmax = max(read.xmax, cut + 1)
    still_running = {xid for xid in seen.running if xid < xmax}
    left_behind = {xid for xid in read.running if cut < xid < xmax}
    return Snapshot(xmax, frozenset(still_running | left_behind))
