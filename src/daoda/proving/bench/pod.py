"""What an order takes: disk by table, and processor time from the shop's front to the code.

Every order is placed, paid and delivered by the house's own verbs, doors and loops, each by another
buyer; then the tables are measured. By these figures a pod is sized.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import browsing, load, notices, seeding, servers
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import race, ready
from daoda.proving.bench.results import Figures, Goal, Steps, table
from daoda.proving.bench.seeding import Shelf

TITLE = "What an order takes, and what a pod carries"
CONNECTIONS = 32
BUYERS_AT_ONCE = 4
PROCESSES = 2
ROUNDS = 5
DAY_S = 86_400
# A pod is sized to be idle half of a steady day: sale days and repairs come on top.
USE = 0.5
TABLES_SHOWN = 12
_SIZES = """
SELECT coalesce(pg_partition_root(oid), oid::regclass)::text,
       sum(pg_table_size(oid))::bigint, sum(pg_indexes_size(oid))::bigint
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY 1
"""
_STARTED = "SELECT id FROM payments_payment WHERE order_id = ANY (%s)"
_IMPORTS_OPEN = "SELECT count(*) FROM stock_import WHERE promised_at IS NOT NULL"
_UNPAID = "SELECT id FROM orders_order WHERE state = 'awaiting_payment'"

Spent = defaultdict[str, float]


@dataclass(frozen=True)
class Size:
    """Orders by which disk is measured; purchases through the pages."""

    orders: int
    purchases: int


SIZES = {
    "smoke": Size(20, 2),
    "try": Size(2_000, 40),
    "bench": Size(3_000, 60),
    "full": Size(10_000, 200),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Orders by the thousand for their size, then purchases for their cost.

    The first round is left out of the size: from the second on, rows find the room that those
    before them have left, as in a shop that is a month old.
    """
    place = mould.fresh("bench_pod")
    place.enter()
    shelf = _open(place)
    a_round = size.orders // ROUNDS // PROCESSES * PROCESSES
    notice_s, purchase_s = Spent(float), Spent(float)
    with servers.web(place, **browsing.BEHIND_A_PROXY) as web, servers.worker(place) as worker:
        watched = {"web": web, "worker": worker, "database": servers.database(place)}
        sizes = []
        for number in range(ROUNDS):
            _bring_in(place, shelf, a_round)
            share = a_round // PROCESSES
            race(_place, [(shelf, f"{number}-{part}", share) for part in range(PROCESSES)])
            with _cpu(watched, notice_s):
                _pay(place, shelf, web.port, (number + 1) * a_round)
            place.settle_down()
            sizes.append(_sizes(place))
        _bring_in(place, shelf, size.purchases)
        browsers = [browsing.Browser(web.port, number) for number in range(size.purchases)]
        with _cpu(watched, purchase_s):
            _purchase(place, shelf, web.port, browsers, ROUNDS * a_round)
    place.drop()
    grown = _grown(sizes[0], sizes[-1], (ROUNDS - 1) * a_round)
    return {
        "orders": ROUNDS * a_round,
        "purchases": size.purchases,
        "requests": browsers[0].requests,
        "tables": grown,
        "bytes_an_order": sum(one["rows"] + one["indexes"] for one in grown),
        "notice_ms": _each_ms(notice_s, ROUNDS * a_round),
        "purchase_ms": _each_ms(purchase_s, size.purchases),
        "orders_a_core_day": round(DAY_S * size.purchases / sum(purchase_s.values())),
        "deliveries_a_core_day": round(DAY_S * ROUNDS * a_round / sum(notice_s.values())),
    }


def table_of(found: Figures) -> str:
    shown, rest = found["tables"][:TABLES_SHOWN], found["tables"][TABLES_SHOWN:]
    disk = [(one["table"], one["rows"], one["indexes"], one["rows"] + one["indexes"])
            for one in shown]  # fmt: skip
    disk.append(_summed("all others", rest))
    disk.append(_summed("**all**", found["tables"]))
    spent = [
        (title, *(round(found[kind][name], 2) for name in ("web", "worker", "database")),
         round(sum(found[kind].values()), 2))
        for title, kind in (
            (f"a purchase: {found['requests']} requests, a notice, the delivery", "purchase_ms"),
            ("of it, from the notice to the delivery, when many come", "notice_ms"),
        )
    ]  # fmt: skip
    day = found["orders_a_core_day"]
    gigabytes = found["bytes_an_order"] / 1000
    told = (
        f"{found['orders']:,} orders placed, paid and delivered, each of another buyer: "
        f"**{gigabytes:.1f} GB a million orders**. {found['purchases']:,} purchases through the "
        f"pages, from the front to the code: **{day:,} a day and core**, all of it busy; "
        f"{found['deliveries_a_core_day']:,} deliveries a day and core where orders come in by "
        f"other ways. A pod of two cores, used to half, takes {round(2 * USE * day):,} purchases "
        f"a day and fills {2 * USE * day * found['bytes_an_order'] / 1e9:.1f} GB of disk with them."
    )
    head = ("bytes an order", "rows", "indexes", "together")
    cost = ("processor, ms", "web", "worker", "database", "together")
    return f"{told}\n\n{table(head, disk)}\n\n{table(cost, spent)}"


def goals_of(found: Figures) -> list[Goal]:
    """Nothing was asked for here but to know it."""
    return []


def _summed(title: str, tables: Sequence[Figures]) -> tuple[str, int, int, int]:
    rows, indexes = (sum(one[part] for one in tables) for part in ("rows", "indexes"))
    return title, rows, indexes, rows + indexes


def _open(place: Place) -> Shelf:
    """The shop with its product on sale."""
    from daoda.kit import clock
    from daoda.records.shops.models import scope
    from daoda.trade.catalog import actions as catalog

    now = clock.now()
    shelf = seeding.open_shop(place, now)
    with scope(shelf.shop_id):
        catalog.publish_product(product_id=shelf.product_id, actor=seeding.ACTOR, now=now)
    return shelf


def _bring_in(place: Place, shelf: Shelf, codes: int) -> None:
    """Codes for so many orders, spread over the variants; the worker brings them in."""
    from daoda.kit import clock
    from daoda.records.shops.models import scope
    from daoda.trade.stock import actions as stock

    each = codes // len(shelf.variant_ids) + PROCESSES
    with scope(shelf.shop_id):
        for variant_id in shelf.variant_ids:
            lines = "\n".join(f"BENCH-{uuid.uuid4().hex}" for _ in range(each))
            stock.begin_import(
                shop_id=shelf.shop_id, variant_id=variant_id, content=lines.encode(),
                layout=stock.Layout(), mode="all_or_nothing", actor=seeding.ACTOR,
                now=clock.now(),
            )  # fmt: skip
    with psycopg.connect(place.url, autocommit=True) as connection:
        while connection.execute(_IMPORTS_OPEN).fetchone() != (0,):
            sleep(0.1)


def _place(barrier: Barrier, shelf: Shelf, part: str, count: int) -> None:
    """Orders of so many buyers, each with an attempt to pay."""
    from daoda.config import django_ready

    django_ready()
    from daoda.kit import clock
    from daoda.records.shops.models import scope
    from daoda.trade.orders import actions as orders
    from daoda.trade.payments import actions as payments
    from daoda.trade.payments.models import Channel

    addresses = payments.Addresses(
        notify_base="http://127.0.0.1", return_url="http://127.0.0.1/o", client_ip="127.0.0.1"
    )
    ready(barrier)
    with scope(shelf.shop_id):
        channel = Channel.objects.get(pk=shelf.channel_id)
        for number in range(count):
            now = clock.now()
            wanted = orders.Wanted(
                shop_id=shelf.shop_id, quantity=1, password="query-4711",  # noqa: S106
                variant_id=shelf.variant_ids[number % len(shelf.variant_ids)],
                contact=f"{part}-{number}@example.cn", client_key=uuid.uuid4().hex,
            )  # fmt: skip
            order = orders.place(wanted=wanted, actor="buyer", now=now)
            payments.start(order=order, channel=channel, addresses=addresses, now=now)


def _pay(place: Place, shelf: Shelf, port: int, delivered_then: int) -> None:
    """The notices of all unpaid orders; returns when so many are delivered in all."""
    with psycopg.connect(place.superuser_url) as connection:
        unpaid = [order for (order,) in connection.execute(_UNPAID)]
        numbers = [number for (number,) in connection.execute(_STARTED, [unpaid])]
    requests = list(notices.signed(shelf.channel_id, numbers))
    load.fire(port, requests, connections=min(CONNECTIONS, len(requests)))
    notices.until_delivered(place, delivered_then, monotonic())


def _purchase(
    place: Place, shelf: Shelf, port: int, browsers: Sequence[browsing.Browser], before: int
) -> None:
    def order(number: int) -> str:
        variant = shelf.variant_ids[number % len(shelf.variant_ids)]
        return browsing.order(browsers[number], variant, shelf.channel_id)

    with ThreadPoolExecutor(BUYERS_AT_ONCE) as threads:
        paths = list(threads.map(order, range(len(browsers))))
        _pay(place, shelf, port, before + len(browsers))
        list(threads.map(browsing.collect, browsers, paths))
    for browser in browsers:
        browser.close()


@contextmanager
def _cpu(watched: Mapping[str, servers.Server], spent_s: Spent) -> Iterator[None]:
    """Add the seconds of processor that each server takes meanwhile."""
    before = {name: server.cpu_s for name, server in watched.items()}
    yield
    for name, server in watched.items():
        spent_s[name] += server.cpu_s - before[name]


def _each_ms(spent_s: Mapping[str, float], things: int) -> dict[str, float]:
    return {name: round(1000 * spent / things, 3) for name, spent in spent_s.items()}


def _sizes(place: Place) -> dict[str, tuple[int, int]]:
    with psycopg.connect(place.superuser_url) as connection:
        return {name: (rows, indexes) for name, rows, indexes in connection.execute(_SIZES)}


def _grown(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], orders: int
) -> list[dict[str, Any]]:
    """Bytes an order by table, largest first."""
    grown = [
        {
            "table": name,
            "rows": round((rows - before[name][0]) / orders),
            "indexes": round((indexes - before[name][1]) / orders),
        }
        for name, (rows, indexes) in after.items()
    ]
    return sorted(grown, key=lambda one: -one["rows"] - one["indexes"])
