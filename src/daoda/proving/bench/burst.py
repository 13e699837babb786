"""A sale day's burst over HTTP: signed notices at full speed until the last order is delivered.

The same server first only answers and stores, with no worker beside it: that time is the measure.
Then the worker works off what it stored, and then the same burst comes with the worker running.
Load, server, worker and database share the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import load, notices, seeding, servers
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table
from daoda.proving.bench.seeding import Shelf

TITLE = "Burst over HTTP, from notice to delivery"
CONNECTIONS = 64


@dataclass(frozen=True)
class Size:
    """Notices of the burst; fewer for the plain view, whose rate is all that is asked."""

    notices: int
    plain_notices: int


SIZES = {
    "smoke": Size(60, 20),
    "try": Size(8_000, 2_000),
    "bench": Size(25_000, 5_000),
    "full": Size(50_000, 20_000),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """The plain view, the door alone, the worker alone, then both at once."""
    from daoda.kit import clock

    place = mould.fresh("bench_burst")
    place.enter()
    shelf = seeding.open_shop(place, clock.now())
    with servers.plain_django(place) as server:
        _volley(place, shelf, server.port, 20)
        plain, _ = _volley(place, shelf, server.port, size.plain_notices)
    with servers.web(place) as server:
        _volley(place, shelf, server.port, 20)
        alone, _ = _volley(place, shelf, server.port, size.notices)
    stored = 40 + plain.answered + alone.answered
    with servers.worker(place):
        began = monotonic()
        drained_s = notices.until_delivered(place, stored, began)
    figures = _with_worker(place, shelf, size, stored)
    broken = _broken(place)
    place.drop()
    return {
        "notices": size.notices,
        "connections": CONNECTIONS,
        "plain_per_s": round(plain.per_s),
        "alone_s": round(alone.seconds, 2),
        "alone_per_s": round(alone.per_s),
        "drained": stored,
        "drained_per_s": round(stored / drained_s),
        **figures,
        "times_alone": round(figures["delivered_s"] / alone.seconds, 3),
        "laws_broken": broken,
        "load_cpu_share": round(alone.cpu_s / alone.seconds, 2),
    }


def table_of(found: Figures) -> str:
    rows = [
        ("the same door as a plain Django view, notices answered a second", found["plain_per_s"]),
        ("the lean door alone, answered a second, each stored before", found["alone_per_s"]),
        (f"it answers and stores {found['notices']:,} in, s", found["alone_s"]),
        ("the worker alone: settled and delivered a second", found["drained_per_s"]),
        ("burst with the worker beside: answered a second", found["answered_per_s"]),
        ("all answered after, s", found["answered_s"]),
        ("all delivered after, s", found["delivered_s"]),
        ("from answered to delivered, p50, s", found["wait_p50_s"]),
        ("the same, p99, s", found["wait_p99_s"]),
        ("refused", found["refused"]),
        ("answered and not delivered", found["lost"]),
        ("findings of the checker", found["laws_broken"]),
    ]
    told = (
        f"{found['notices']:,} signed notices, {found['connections']} connections, one web "
        f"process, one worker; the load generator takes {found['load_cpu_share']:.0%} of a core."
    )
    return f"{told}\n\n{table(('figure', 'value'), rows)}"


def goals_of(found: Figures) -> list[Goal]:
    times = found["times_alone"]
    beside = found["alone_per_s"] / found["plain_per_s"]
    return [
        Goal(
            "all delivered within 2 × the time of merely answering and storing",
            f"{times:.2f} ×",
            times <= 2,
        ),
        Goal("faster than the same door as a plain Django view", f"{beside:.1f} ×", beside > 1),
        Goal(
            "what was answered is never lost, and no law is broken",
            f"{found['lost']} lost, {found['laws_broken']} findings",
            not found["lost"] and not found["laws_broken"],
        ),
    ]


def _with_worker(place: Place, shelf: Shelf, size: Size, before: int) -> dict[str, Any]:
    with servers.web(place) as server, servers.worker(place):
        _volley(place, shelf, server.port, 20)
        notices.until_delivered(place, before + 20, monotonic())
        sleep(0.5)  # every loop is idle
        numbers, send = _prepared(place, shelf, server.port, size.notices)
        began = monotonic()
        both = send()
        delivered_s = notices.until_delivered(place, before + 20 + both.answered, began)
    waits = notices.waits_s(place, numbers, both.answered_at)
    return {
        "answered_s": round(both.seconds, 2),
        "answered_per_s": round(both.per_s),
        "delivered_s": round(delivered_s, 2),
        "wait_p50_s": round(quantile(waits, 0.5), 3),
        "wait_p99_s": round(quantile(waits, 0.99), 3),
        "refused": both.refused,
        "lost": both.answered - len(waits),
    }


def _volley(place: Place, shelf: Shelf, port: int, count: int) -> tuple[load.Fired, list[Any]]:
    numbers, send = _prepared(place, shelf, port, count)
    return send(), numbers


def _prepared(
    place: Place, shelf: Shelf, port: int, count: int
) -> tuple[list[Any], Callable[[], load.Fired]]:
    """Orders that wait for payment, and their notices, signed beforehand."""
    from daoda.kit import clock

    numbers = seeding.unpaid(place, shelf, count, clock.now())
    place.settle_down()
    requests = list(notices.signed(shelf.channel_id, numbers))
    return numbers, lambda: load.fire(port, requests, connections=min(CONNECTIONS, count))


def _broken(place: Place) -> int:
    from daoda.proving import checker

    with psycopg.connect(place.url) as connection:
        found = checker.findings(connection)
    for finding in found[:10]:
        print(f"  {finding}")
    return len(found)
