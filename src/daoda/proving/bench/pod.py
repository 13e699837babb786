"""What an order takes: disk by table, and processor time from the shop's front to the code.

Every order is placed, paid and delivered by the house's own verbs, doors and loops, each by another
buyer; then the tables are measured. By these figures a pod is sized.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from time import monotonic
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
_UNPAID = "SELECT id FROM orders_order WHERE state = 'awaiting_payment'"


@dataclass(frozen=True)
class Size:
    """Orders by which disk is measured; purchases through the pages."""

    orders: int
    purchases: int


SIZES = {
    "smoke": Size(20, 2),
    "try": Size(2_000, 40),
    "bench": Size(5_000, 100),
    "full": Size(50_000, 1_000),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Orders by the thousand for their size, then purchases for their cost."""
    place = mould.fresh("bench_pod")
    place.enter()
    shelf = _open(place)
    before = _sizes(place)
    _bring_in(shelf, size.orders)
    race(_place, [(shelf, part, size.orders // PROCESSES) for part in range(PROCESSES)])
    placed = size.orders // PROCESSES * PROCESSES
    with servers.web(place, **browsing.BEHIND_A_PROXY) as web, servers.worker(place) as worker:
        watched = {"web": web, "worker": worker, "database": servers.database(place)}
        with _cpu(watched, placed) as notice_ms:
            _pay(place, shelf, web.port, placed)
        place.settle_down()
        grown = _grown(before, _sizes(place), placed)
        _bring_in(shelf, size.purchases)
        browsers = [browsing.Browser(web.port, number) for number in range(size.purchases)]
        with _cpu(watched, size.purchases) as purchase_ms:
            began = monotonic()
            _purchase(place, shelf, web.port, browsers, placed)
            purchases_s = monotonic() - began
    place.drop()
    total_s = sum(purchase_ms.values()) / 1000
    return {
        "orders": placed,
        "purchases": size.purchases,
        "requests": browsers[0].requests,
        "tables": grown,
        "bytes_an_order": sum(one["rows"] + one["indexes"] for one in grown),
        "notice_ms": notice_ms,
        "purchase_ms": purchase_ms,
        "purchases_per_s": round(size.purchases / purchases_s, 1),
        "orders_a_core_day": round(DAY_S / total_s),
        "deliveries_a_core_day": round(DAY_S / (sum(notice_ms.values()) / 1000)),
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


def _bring_in(shelf: Shelf, codes: int) -> None:
    """Codes for so many orders, spread over the variants, by the way they always come."""
    from daoda.kit import clock
    from daoda.records.shops.models import scope
    from daoda.trade.stock import actions as stock

    each = codes // len(shelf.variant_ids) + 1
    with scope(shelf.shop_id):
        for variant_id in shelf.variant_ids:
            lines = "\n".join(f"BENCH-{uuid.uuid4().hex}" for _ in range(each))
            stock.begin_import(
                shop_id=shelf.shop_id, variant_id=variant_id, content=lines.encode(),
                layout=stock.Layout(), mode="all_or_nothing", actor=seeding.ACTOR,
                now=clock.now(),
            )  # fmt: skip
        while stock.work_on_import(now=clock.now()):
            pass


def _place(barrier: Barrier, shelf: Shelf, part: int, count: int) -> None:
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
def _cpu(watched: dict[str, servers.Server], things: int) -> Iterator[dict[str, float]]:
    """Milliseconds of processor each server takes a thing, known at the end."""
    before = {name: server.cpu_s for name, server in watched.items()}
    spent: dict[str, float] = {}
    yield spent
    for name, server in watched.items():
        spent[name] = round(1000 * (server.cpu_s - before[name]) / things, 3)


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
