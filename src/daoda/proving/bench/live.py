"""Live pages: thousands of viewers on one process, events to some of them, orders beside.

Measured are the memory of a viewer, what idle ones cost, how long an event takes from its commit
to the viewer, and that a viewer who does not read is dropped and misses nothing when it comes
back with Last-Event-ID.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import seeding, servers
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table
from daoda.proving.bench.seeding import Shelf
from daoda.proving.bench.servers import Server
from daoda.proving.bench.viewers import Audience, Heard, Joined, Page, audience

TITLE = "Live pages"
TICK_S = 0.05
LATE_S_MAX = 5.0
# As many as a viewer may leave unread, at each reading of the tail.
SLOW_BURST = 30
SLOW_PAUSE_S = 0.31
_COMMITTED = """
SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xid::xid))::float8
FROM journal_fact WHERE id = ANY (%s)
"""
_NEWEST = """
SELECT DISTINCT ON (subject_id) subject_id, id FROM journal_fact
WHERE subject_id = ANY (%s) ORDER BY subject_id, id DESC
"""


@dataclass(frozen=True)
class Size:
    """Viewers; seconds without and with events; events and orders a second; how long a viewer

    may take to be dropped after it has stopped reading; how long memory settles."""

    viewers: int
    idle_s: float
    busy_s: float
    events_per_s: int
    orders_per_s: int
    slow_s_max: float
    rest_s: float = 2.0


SIZES = {
    "smoke": Size(20, 0.3, 0.5, 40, 20, 0.3, 0.1),
    "try": Size(500, 1, 1, 200, 500, 60),
    "bench": Size(2_000, 8, 10, 500, 2_000, 60),
    "full": Size(10_000, 30, 60, 500, 2_000, 60),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Join, idle, events, the slow reader."""
    from daoda.kit import clock

    place = mould.fresh("bench_live")
    place.enter()
    now = clock.now()
    shelf = seeding.open_shop(place, now)
    seen = seeding.delivered(
        place, shelf, size.viewers, now - timedelta(hours=1), apart=timedelta(milliseconds=1)
    )
    seeding.paid(place, shelf, int(2 * size.orders_per_s * size.busy_s) + 1, now)
    place.settle_down()
    pages = _pages(place, seen)
    with servers.web(place) as web, audience(web.port) as viewers:
        joined, memory = _join(web, viewers, pages, size.rest_s)
        idle = _idle(place, web, size.idle_s)
        began = monotonic()
        written, delivered = _write(shelf, seen, size)
        wrote_s = monotonic() - began
        heard = _hear(viewers, len(written))
        slow = _slow(place, shelf, web, viewers, pages[0], seen[0], size.slow_s_max)
    latencies = _latencies(place, heard)
    missed = _missed(written, heard)
    place.drop()
    return {
        "viewers": joined.viewers,
        "turned_away": joined.refused,
        "joined_per_s": round(joined.viewers / joined.seconds),
        "bytes_a_viewer": memory // max(1, joined.viewers),
        "idle_core_share": idle["core_share"],
        "idle_statements_per_s": idle["statements_per_s"],
        "events": len(written),
        "events_per_s": round(len(written) / wrote_s),
        "orders_per_s": round(delivered / wrote_s),
        "late_p50_s": round(quantile(latencies, 0.5), 3),
        "late_p99_s": round(quantile(latencies, 0.99), 3),
        "missed": missed,
        "slow": slow,
    }


def table_of(found: Figures) -> str:
    slow = found["slow"]
    rows = [
        ("viewers on one process", found["viewers"]),
        ("turned away while joining", found["turned_away"]),
        ("let in a second", found["joined_per_s"]),
        ("memory of a viewer, KB", found["bytes_a_viewer"] / 1024),
        ("all of them idle: share of a core", f"{found['idle_core_share']:.1%}"),
        ("all of them idle: transactions a second in the database", found["idle_statements_per_s"]),
        ("from commit to the event at its viewer, p50, s", found["late_p50_s"]),
        ("the same, p99, s", found["late_p99_s"]),
        ("events missed or told twice", found["missed"]),
        (f"a viewer who reads none of {slow['events']:,} events is dropped", slow["dropped"]),
        ("after, s", slow["dropped_s"]),
        ("memory of the process grown meanwhile, KB", slow["grown_kb"]),
        ("it comes back with Last-Event-ID and knows the newest", slow["resumed"]),
    ]
    told = (
        f"{found['events_per_s']:,} events a second to viewers ({found['events']:,} in all) and "
        f"{found['orders_per_s']:,} orders a second delivered beside."
    )
    return f"{told}\n\n{table(('figure', 'value'), rows)}"


def goals_of(found: Figures) -> list[Goal]:
    kilobytes = found["bytes_a_viewer"] / 1024
    slow = found["slow"]
    return [
        Goal("at most 40 KB a viewer", f"{kilobytes:.0f} KB", kilobytes <= 40),
        Goal(
            "p99 from commit to event below 1 s",
            f"{found['late_p99_s']} s",
            found["late_p99_s"] < 1,
        ),
        Goal(
            "an idle viewer asks nothing of the database",
            f"{found['idle_statements_per_s']:.1f} a second for all",
            found["idle_statements_per_s"] < 20,
        ),
        Goal("no event missed or told twice", str(found["missed"]), not found["missed"]),
        Goal(
            "a slow reader is dropped and resumes with nothing missed",
            f"dropped: {slow['dropped']}, resumed: {slow['resumed']}",
            slow["dropped"] and slow["resumed"],
        ),
    ]


def _pages(place: Place, orders: Sequence[uuid.UUID]) -> list[Page]:
    from daoda.trade.orders import queries

    with psycopg.connect(place.url) as connection:
        newest: dict[Any, Any] = dict(connection.execute(_NEWEST, [list(orders)]).fetchall())
    return [
        Page(f"/live/orders/{queries.link_token(order)}", newest[order].hex) for order in orders
    ]


def _join(
    web: Server, viewers: Audience, pages: Sequence[Page], rest_s: float
) -> tuple[Joined, int]:
    """How it went, and the bytes all of them take."""
    sleep(rest_s)
    before = web.rss_bytes
    joined = viewers.join(pages)
    sleep(rest_s)
    return joined, web.rss_bytes - before


def _idle(place: Place, web: Server, seconds: float) -> dict[str, float]:
    before, cpu = _transactions(place), web.cpu_s
    began = monotonic()
    sleep(seconds)
    took = monotonic() - began
    return {
        "core_share": round((web.cpu_s - cpu) / took, 4),
        # Ours, to ask, is one of them.
        "statements_per_s": round((_transactions(place) - before - 1) / took, 1),
    }


def _transactions(place: Place) -> int:
    with psycopg.connect(place.superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return row[0] if row else 0


def _write(
    shelf: Shelf, seen: Sequence[uuid.UUID], size: Size
) -> tuple[list[tuple[int, str]], int]:
    """Events for viewers, one after the other, and deliveries beside: (viewer, fact) of each
    event, and the orders delivered."""
    from daoda.delivery.fulfilment import actions as fulfilment
    from daoda.kit import clock

    written, delivered = [], 0
    turn = cycle(range(len(seen)))
    began = monotonic()
    for tick in range(int(size.busy_s / TICK_S)):
        chosen = list(islice(turn, max(1, int(size.events_per_s * TICK_S))))
        facts = _tell(shelf, [seen[viewer] for viewer in chosen])
        written += list(zip(chosen, facts, strict=True))
        delivered += fulfilment.deliver_batch(
            now=clock.now(), limit_rows=max(1, int(size.orders_per_s * TICK_S))
        )
        sleep(max(0.0, began + (tick + 1) * TICK_S - monotonic()))
    return written, delivered


def _tell(shelf: Shelf, orders: Sequence[uuid.UUID]) -> list[str]:
    """Commit a fact about each of these orders; the facts' ids in the same order."""
    from daoda.kit import clock, ids, sql
    from daoda.records.journal.actions import SQL

    count, now = len(orders), clock.now()
    facts = list(ids.uuid7_many(count, now))
    sql.count(
        SQL.write_facts,
        {
            "ids": facts, "shop_ids": [shelf.shop_id] * count,
            "kinds": ["order.kept"] * count, "subjects": ["order"] * count,
            "subject_ids": list(orders), "actors": [seeding.ACTOR] * count, "ats": [now] * count,
            "datas": ["{}"] * count,
        },
    )  # fmt: skip
    return [fact.hex for fact in facts]


def _hear(viewers: Audience, expected: int) -> list[Heard]:
    heard: list[Heard] = []
    ends_at = monotonic() + LATE_S_MAX
    while len(heard) < expected and monotonic() < ends_at:
        sleep(0.2)
        heard += viewers.heard()
    return heard + viewers.heard()


def _latencies(place: Place, heard: Sequence[Heard]) -> list[float]:
    with psycopg.connect(place.url) as connection:
        facts = [uuid.UUID(one.fact) for one in heard]
        committed: dict[Any, Any] = dict(connection.execute(_COMMITTED, [facts]).fetchall())
    return [one.at - committed[uuid.UUID(one.fact)] for one in heard]


def _missed(written: Sequence[tuple[int, str]], heard: Sequence[Heard]) -> int:
    wanted = Counter(written)
    told = Counter((one.viewer, one.fact) for one in heard)
    return (wanted - told).total() + (told - wanted).total()


def _slow(
    place: Place, shelf: Shelf, web: Server, viewers: Audience, page: Page, order: uuid.UUID,
    seconds_max: float,
) -> dict[str, Any]:  # fmt: skip
    """One viewer stops reading while its order has ever more to tell."""
    with psycopg.connect(place.url) as connection:
        newest = connection.execute(_NEWEST, [[order]]).fetchone()
    assert newest is not None
    viewers.stop_reading(Page(page.path, newest[1].hex))
    watching, memory = web.metric("daoda_live_viewers"), web.rss_bytes
    began, events = monotonic(), 0
    while monotonic() - began < seconds_max and web.metric("daoda_live_viewers") == watching:
        last = _tell(shelf, [order] * SLOW_BURST)[-1]
        events += SLOW_BURST
        sleep(SLOW_PAUSE_S)
    dropped_s = monotonic() - began
    grown = web.rss_bytes - memory
    slow = viewers.read_again()
    return {
        "events": events,
        "dropped": slow.dropped,
        "dropped_s": round(dropped_s, 1),
        "grown_kb": grown // 1024,
        "resumed": slow.resumed_with == last if slow.dropped else slow.last == last,
    }
