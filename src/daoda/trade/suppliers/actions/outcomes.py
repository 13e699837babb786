"""What calls and purchases came to: counted for health, by minute and by hour."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.kit import ids, sql
from daoda.trade.suppliers.rules import health

SQL = sql.load("daoda.trade.suppliers")
KEPT = {"minute": timedelta(days=2), "hour": timedelta(days=400)}
FORGET_ROWS = 5_000


@dataclass(frozen=True)
class Outcome:
    """One call that was answered (or not), or one purchase that came to an end.

    A call ``succeeded`` when its answer could be read, whatever it said; ``failed`` when the
    supplier refused us (signature, balance, address); ``unknown`` when it was silent or unclear.
    A purchase ``succeeded`` with its goods, ``failed`` when the supplier says so, ``unknown`` when
    it was cut off. ``duration_ms`` of a purchase counts from the first call to its end.
    """

    supplier_id: uuid.UUID
    what: health.What
    result: health.Result
    duration_ms: int
    at: datetime
    count: int = 1


def record_outcomes(*, outcomes: Sequence[Outcome]) -> None:
    """Count outcomes, in the caller's transaction; rows written depend on kinds, not on numbers."""
    counts: Counter[tuple[uuid.UUID, str, str, datetime, str, int]] = Counter()
    for outcome in outcomes:
        place = health.bucket(outcome.duration_ms)
        for span, starts in (
            ("minute", health.minute(outcome.at)), ("hour", health.hour(outcome.at)),
        ):  # fmt: skip
            key = (outcome.supplier_id, outcome.what, span, starts, outcome.result, place)
            counts[key] += outcome.count
    if not counts:
        return
    columns = list(zip(*counts, strict=True))
    sql.count(
        SQL.tally,
        {
            "ids": list(ids.uuid7_many(len(counts), outcomes[0].at)),
            "supplier_ids": list(columns[0]),
            "whats": list(columns[1]),
            "spans": list(columns[2]),
            "starts": list(columns[3]),
            "results": list(columns[4]),
            "buckets": list(columns[5]),
            "counts": list(counts.values()),
        },
    )


def forget(*, now: datetime) -> int:
    """Drop counts nobody looks at any more, some at a time; how many."""
    return sum(
        sql.count(
            SQL.forget_tallies, {"span": span, "before": now - kept, "limit_rows": FORGET_ROWS}
        )
        for span, kept in KEPT.items()
    )
