"""Rate limits that hold across processes and machines: counted in PostgreSQL.

A leaky bucket (GCRA, the generic cell rate algorithm): of a limit of 60 per 60 s a subject may
spend 60 at once and then one a second; there is no window edge at which it may spend double.
The decision is one upsert, so hits at the same moment are counted one after the other.

Weaknesses: a hit inside a transaction keeps other hits of the same subject waiting until its
end, and is forgotten if it rolls back, so count first and work afterwards; a crash of the
database forgets all counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.kit import crypto, sql

_sql = sql.load(__package__)

SWEEP_ROWS = 5_000


@dataclass(frozen=True)
class Verdict:
    """Whether a hit was counted; ``retry_after_s`` whole seconds until the next one fits (0 if
    counted), ``remaining`` hits that fit at once, ``limit`` as asked."""

    allowed: bool
    retry_after_s: int
    remaining: int
    limit: int


def hit(bucket: str, subject: str, *, limit: int, per_s: float, now: datetime) -> Verdict:
    """Count one act of ``subject`` against ``limit`` acts in ``per_s`` seconds.

    ``bucket`` names the limit (at most 40 characters). The subject (an address, a key) is kept
    as a keyed hash. The same bucket must always be hit with the same limit.
    """
    window = timedelta(seconds=per_s)
    cost = window / limit
    params = {
        "bucket": bucket,
        "subject": crypto.fingerprint("throttle", subject.encode()),
        "now": now,
        "cost": cost,
        "window": window,
    }
    if counted := sql.rows(_sql.hit, params):
        room = window - (counted[0][0] - now)
        return Verdict(True, 0, int(room / cost), limit)
    found = sql.rows(_sql.fill, params)
    # A sweep or another clock may have emptied it since: then the next try fits at once.
    wait = found[0][0] + cost - now - window if found else timedelta(0)
    return Verdict(False, max(1, math.ceil(wait.total_seconds())), 0, limit)


def sweep(*, now: datetime, limit: int = SWEEP_ROWS) -> int:
    """Forget at most ``limit`` buckets that have run empty; returns how many."""
    return sql.count(_sql.sweep, {"now": now, "batch_rows": limit})
