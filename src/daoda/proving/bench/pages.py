"""Pages and API: an order is shown as fast among millions as among a few.

Two web processes on two databases take turns, at the page of an order opened by its link and at
the order's resource in the API, each time another order chosen at random.
"""

from __future__ import annotations

import random
import statistics
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import Any

import psycopg

from daoda.proving.bench import load, seeding, servers
from daoda.proving.bench.history import build
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table

TITLE = "Pages and API, among few orders and among many"
CONNECTIONS = 4
KEYS = 60
WARM_REQUESTS = 50
KINDS = ("page", "api")
# What one of each may ask of the database, whatever lies behind; a test holds it.
STATEMENTS = {"page": 16, "api": 4}
_SOME = "SELECT id FROM orders_order TABLESAMPLE SYSTEM (%s) LIMIT %s"
SAMPLED = 2_000


@dataclass(frozen=True)
class Size:
    """Orders in the two databases; requests a round of each kind; rounds."""

    few: int
    many: int
    requests: int
    rounds: int


SIZES = {
    "smoke": Size(30, 60, 10, 1),
    "try": Size(2_000, 20_000, 200, 3),
    "bench": Size(10_000, 150_000, 250, 5),
    "full": Size(10_000, 10_000_000, 400, 7),
}


@dataclass
class Stand:
    """A database, its server, and how it is asked."""

    orders: int
    port: int
    statements: dict[str, int]
    asks: dict[str, Callable[[int], Iterator[bytes]]]
    per_s: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    latencies: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Rounds at both databases in turn, for each kind."""
    built = [_build(mould, count) for count in (size.few, size.many)]
    with ExitStack() as stack:
        stands = [
            Stand(
                count,
                stack.enter_context(servers.web(place)).port,
                _statements(place),
                _asks(place),
            )
            for place, count in zip(built, (size.few, size.many), strict=True)
        ]
        for stand in stands:
            for kind in KINDS:
                _ask(stand, kind, WARM_REQUESTS if size.requests > WARM_REQUESTS else 5)
        for kind in KINDS:
            for _ in range(size.rounds):
                for stand in stands:
                    fired = _ask(stand, kind, size.requests)
                    stand.per_s[kind].append(fired.per_s)
                    stand.latencies[kind] += fired.latencies_s
    return {
        "rounds": size.rounds,
        "requests": size.requests,
        "connections": CONNECTIONS,
        "orders": [stand.orders for stand in stands],
        **{kind: _figures(kind, stands) for kind in KINDS},
    }


def table_of(found: Figures) -> str:
    names = {"page": "page of an order", "api": "GET /api/v1/orders/{id}"}
    rows = [
        (
            names[kind], found["orders"][n], found[kind]["per_s"][n], found[kind]["p50_ms"][n],
            found[kind]["p99_ms"][n], found[kind]["statements"][n],
        )
        for kind in KINDS
        for n in range(2)
    ]  # fmt: skip
    told = (
        f"{found['rounds']} rounds of {found['requests']:,} requests over {found['connections']} "
        f"connections, a new visitor and a random order each time; one web process each."
    )
    head = ("asked for", "orders", "requests/s", "p50, ms", "p99, ms", "statements")
    return f"{told}\n\n{table(head, rows)}"


def goals_of(found: Figures) -> list[Goal]:
    return [
        Goal(
            f"{kind} among {found['orders'][1]:,} orders within 30 % of among "
            f"{found['orders'][0]:,}: median of pairs",
            f"{found[kind]['ratio']:.2f}",
            found[kind]["ratio"] >= 0.7,
        )
        for kind in KINDS
    ] + [
        Goal(
            f"statements a {kind}: at most {STATEMENTS[kind]}, pinned by a test",
            ", ".join(map(str, found[kind]["statements"])),
            max(found[kind]["statements"]) <= STATEMENTS[kind],
        )
        for kind in KINDS
    ]


def _build(mould: Place, count: int) -> Place:
    from daoda.kit import clock

    place = mould.another(f"bench_behind_{count}")
    place.enter()
    now = clock.now()
    build(place, seeding.open_shop(place, now), count, now)
    return place


def _asks(place: Place) -> dict[str, Callable[[int], Iterator[bytes]]]:
    """For each kind, how to get so many requests, each for another order."""
    from daoda.trade.orders import queries

    place.enter()
    orders = _sample(place, SAMPLED)
    pages = [load.get(f"/o/{queries.link_token(order)}") for order in orders]
    keys = cycle(_keys(KEYS))
    resources = [
        load.get(f"/api/v1/orders/{order.hex}", {"Authorization": f"Bearer {next(keys)}"})
        for order in orders
    ]
    return {"page": partial(_some, pages), "api": partial(_some, resources)}


def _statements(place: Place) -> dict[str, int]:
    """How many statements one of each kind takes, when caches are warm."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from daoda.trade.orders import queries

    place.enter()
    (order,), (key,) = _sample(place, 1), _keys(1)
    browser = Client(headers={"host": load.HOST, "authorization": f"Bearer {key}"})
    paths = {"page": f"/o/{queries.link_token(order)}", "api": f"/api/v1/orders/{order.hex}"}
    found = {}
    for kind, path in paths.items():
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        found[kind] = len(asked)
    return found


def _some(requests: Sequence[bytes], count: int) -> Iterator[bytes]:
    return iter(random.choices(requests, k=count))


def _sample(place: Place, count: int) -> list[uuid.UUID]:
    with psycopg.connect(place.superuser_url) as connection:
        row = connection.execute(
            "SELECT reltuples FROM pg_class WHERE relname = 'orders_order'"
        ).fetchone()
        share = min(100.0, 300.0 * SAMPLED / max(1.0, row[0] if row else 1.0))
        return [one for (one,) in connection.execute(_SOME, [share, count])]


def _keys(count: int) -> list[str]:
    """Enough API keys that no limit of one of them is in the way."""
    from daoda.kit import clock
    from daoda.records.accounts import actions as accounts
    from daoda.records.accounts.roles import Scope
    from daoda.records.shops.models import Shop

    shop, now = Shop.objects.get(slug="bench"), clock.now()
    return [
        accounts.issue(
            shop_id=shop.pk, name=f"bench {number}", scopes=[Scope.ORDERS_READ],
            valid_for=timedelta(days=1), actor=seeding.ACTOR, now=now,
        ).token
        for number in range(count)
    ]  # fmt: skip


def _ask(stand: Stand, kind: str, count: int) -> load.Fired:
    fired = load.fire(stand.port, stand.asks[kind](count), connections=min(CONNECTIONS, count))
    if fired.refused:
        raise RuntimeError(f"{fired.refused} of {count} requests for the {kind} were refused")
    return fired


def _figures(kind: str, stands: Sequence[Stand]) -> dict[str, Any]:
    few, many = stands
    pairs = [b / a for a, b in zip(few.per_s[kind], many.per_s[kind], strict=True)]
    return {
        "per_s": [round(statistics.median(stand.per_s[kind])) for stand in stands],
        "p50_ms": [round(1000 * quantile(stand.latencies[kind], 0.5), 1) for stand in stands],
        "p99_ms": [round(1000 * quantile(stand.latencies[kind], 0.99), 1) for stand in stands],
        "statements": [stand.statements[kind] for stand in stands],
        "ratio": round(statistics.median(pairs), 3),
    }
