"""Dates: what was promised to happen when a date passes, with a million dates still to come.

First the cost of a consequence, in pages touched, with few and with many open promises, rounds in
turn; then ten thousand dates in one second, and a worker with all its loops.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import seeding, servers
from daoda.proving.bench.hands import Cost, Hand, hand
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table
from daoda.proving.bench.seeding import Shelf

TITLE = "Dates that pass"
LOOP = "payments.pass_order_dates"
ROUND_DUE = 1_000
FAR = timedelta(hours=6)
PASSED_S_MAX = 120.0
_OPEN = "SELECT count(*) FROM orders_order WHERE promised_at IS NOT NULL"
_LEFT = "SELECT count(*) FROM orders_order WHERE promised_at < %(until)s"
# An unpaid order expires a little after its date: a notice may be under way.
_WAITS = """
WITH due AS (
    SELECT subject_id,
           due_at + CASE consequence WHEN 'expire' THEN %(grace)s::interval
                                     ELSE interval '0' END AS at
    FROM promises_promise
)
SELECT extract(epoch FROM pg_xact_commit_timestamp(f.xid::xid) - due.at)::float8
FROM due
JOIN journal_fact f ON f.subject_id = due.subject_id
    AND f.kind IN ('order.expired', 'order.promise_broken')
WHERE due.at >= %(since)s AND due.at < %(until)s
"""


@dataclass(frozen=True)
class Size:
    """Open promises that are compared; how many fall due in one second; rounds of the cost; how

    long before that second everything is at rest."""

    few: int
    many: int
    due: int
    rounds: int
    lead_s: float = 8.0


SIZES = {
    "smoke": Size(50, 150, 40, 1, 2.5),
    "try": Size(5_000, 50_000, 4_000, 3),
    "bench": Size(10_000, 200_000, 10_000, 5),
    "full": Size(10_000, 1_000_000, 10_000, 9),
}


@dataclass(frozen=True)
class Stand:
    """A database with so many open promises, and who sweeps there."""

    place: Place
    shelf: Shelf
    hand: Hand


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """The cost of a consequence, then the second in which many fall due."""
    few, many = _open(mould, size.few), _open(mould, size.many)
    cost = steps.once("cost", lambda: _cost(mould, [few, many], size))
    second = steps.once("second", lambda: _second(*many, size))
    return {"few": size.few, "many": size.many, "due": size.due, **cost, **second}


def table_of(found: Figures) -> str:
    rows = [
        (
            f"{found[name]:,}", found["pages"][n], found["empty_pages"][n], found["per_s"][n],
        )
        for n, name in enumerate(("few", "many"))
    ]  # fmt: skip
    first = table(("open promises", "pages a consequence", "pages a look", "a second"), rows)
    second = table(
        ("figure", "value"),
        [
            ("dates in one second", found["due"]),
            ("from date to consequence, p50, s", found["wait_p50_s"]),
            ("the same, p99, s", found["wait_p99_s"]),
            ("the same, longest, s", found["wait_max_s"]),
        ],
    )
    told = (
        f"Half of them orders that expire unpaid, half held ones whose date is broken and made "
        f"anew; waiting counts from the moment the consequence is due. "
        f"Pages are medians of {found['rounds']} rounds of {found['round_due']:,}."
    )
    return f"{told}\n\n{first}\n\n{second}"


def goals_of(found: Figures) -> list[Goal]:
    pages = found["pages"][1] / found["pages"][0]
    return [
        Goal("p99 from date to consequence below 2 s", f"{found['wait_p99_s']} s",
             found["wait_p99_s"] < 2),
        Goal("pages a consequence with many open, to few, within 20 %", f"{pages:.2f}",
             0.8 <= pages <= 1.2),
    ]  # fmt: skip


def _open(mould: Place, count: int) -> tuple[Place, Shelf]:
    """A database where so many dates are still to come."""
    from daoda.kit import clock

    place = mould.another(f"bench_dates_{count}")
    place.enter()
    now = clock.now()
    shelf = seeding.open_shop(place, now)
    with psycopg.connect(place.url) as connection:
        row = connection.execute(_OPEN).fetchone()
    missing = count - (row[0] if row else 0)
    if missing > 0:
        _date(place, shelf, missing, now + FAR, timedelta(hours=1))
        place.settle_down()
    return place, shelf


def _date(place: Place, shelf: Shelf, count: int, first: datetime, over: timedelta) -> None:
    """Orders whose consequences fall due evenly within a while, of both kinds."""
    from daoda.kit import clock
    from daoda.trade.payments.actions.lapsing import UNDERWAY

    half, now = max(1, count // 2), clock.now()
    seeding.unpaid(place, shelf, half, now, due_at=first - UNDERWAY, due_apart=over / half)
    seeding.held(place, shelf, half, now, due_at=first, due_apart=over / half)


def _cost(mould: Place, stands: Sequence[tuple[Place, Shelf]], size: Size) -> Figures:
    round_due = min(ROUND_DUE, size.due)
    mould.let_autovacuum(False)
    try:
        with ExitStack() as stack:
            found = [
                Stand(place, shelf, stack.enter_context(hand(place, LOOP)))
                for place, shelf in stands
            ]
            for stand in found:
                for _ in range(3):
                    _sweep(stand, round_due)  # plans are made
            rounds = [[_sweep(stand, round_due) for stand in found] for _ in range(size.rounds)]
            empty = [[stand.hand.work(1) for stand in found] for _ in range(size.rounds)]
    finally:
        mould.let_autovacuum(True)
    middle: Any = statistics.median
    return {
        "rounds": size.rounds,
        "round_due": round_due,
        "pages": [round(middle([r[n].buffers_each for r in rounds]), 1) for n in range(2)],
        "per_s": [round(middle([r[n].per_s for r in rounds])) for n in range(2)],
        "empty_pages": [round(middle([r[n].buffers for r in empty])) for n in range(2)],
    }


def _sweep(stand: Stand, due: int) -> Cost:
    from daoda.kit import clock

    stand.place.enter()
    _date(stand.place, stand.shelf, due, clock.now() - timedelta(seconds=2), timedelta(seconds=1))
    return stand.hand.work(due)


def _second(place: Place, shelf: Shelf, size: Size) -> Figures:
    """All in one second, with a whole worker running."""
    from daoda.trade.payments.actions.lapsing import UNDERWAY

    place.enter()
    due = size.due
    with servers.worker(place):
        first = _dated_ahead(place, shelf, due, size.lead_s)
        until = first + timedelta(seconds=1)
        began = monotonic()
        with psycopg.connect(place.url, autocommit=True) as connection:
            while monotonic() - began < PASSED_S_MAX:
                if connection.execute(_LEFT, {"until": until}).fetchone() == (0,):
                    break
                sleep(0.2)
    with psycopg.connect(place.url) as connection:
        params = {"since": first, "until": until, "grace": UNDERWAY}
        waits = [wait for (wait,) in connection.execute(_WAITS, params)]
    assert len(waits) >= due // 2 * 2, f"{len(waits)} consequences of {due} dates"
    assert min(waits) >= 0, "a consequence before its date"
    return {
        "wait_p50_s": round(quantile(waits, 0.5), 3),
        "wait_p99_s": round(quantile(waits, 0.99), 3),
        "wait_max_s": round(max(waits), 3),
    }


def _dated_ahead(place: Place, shelf: Shelf, due: int, lead_s: float) -> datetime:
    """So many dates in a second that is still to come when all is written and at rest; when it
    begins. On a busy machine writing takes longer than thought, and another second is tried."""
    from daoda.kit import clock

    while True:
        first = clock.now() + timedelta(seconds=lead_s + due / 2_000)
        _date(place, shelf, due, first, timedelta(seconds=1))
        place.settle_down()
        if clock.now() + timedelta(seconds=1) < first:
            return first
        lead_s *= 2
