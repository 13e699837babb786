"""Flat cost: a delivery costs the same whatever waits before it and whatever lies behind it.

Databases that differ in one number only take turns: so many orders are paid in each, so many are
delivered, round after round. The verdict is in pages touched per order, which no other user of
the machine can change; times are compared in pairs of the same round.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.hands import Cost, Hand, hand
from daoda.proving.bench.history import build
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, table
from daoda.proving.bench.seeding import Shelf

TITLE = "Flat cost: backlog before, history behind"
ROUND_ORDERS = 6_000


@dataclass(frozen=True)
class Size:
    """Backlogs that are compared, the first being the measure; history behind the last place."""

    backlogs: Sequence[int]
    behind: int
    rounds: int
    round_orders: int


SIZES = {
    "smoke": Size((100,), 100, 1, 50),
    "try": Size((4_000, 40_000), 50_000, 3, 4_000),
    "bench": Size((10_000, 100_000), 150_000, 5, ROUND_ORDERS),
    "full": Size((10_000, 100_000, 1_000_000), 10_000_000, 9, ROUND_ORDERS),
}


@dataclass(frozen=True)
class Stand:
    """A database in which so many orders wait and so many lie behind, and who works there."""

    title: str
    place: Place
    shelf: Shelf
    hand: Hand


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Rounds in all databases in turn; pages and times per order of each."""
    built = [_backlog(mould, count) for count in size.backlogs]
    behind = mould.another(f"bench_behind_{size.behind}")
    bytes_an_order = _history(behind, size.behind)
    built.append(_backlog_before(behind, size.backlogs[0], size.behind))
    mould.let_autovacuum(False)
    try:
        with ExitStack() as stack:
            stands = [
                Stand(title, place, shelf, stack.enter_context(hand(place, "fulfilment.deliver")))
                for title, place, shelf in built
            ]
            for stand in stands:
                _round(stand, 2 * size.round_orders)  # plans are made, marks are set
            costs = [[_round(one, size.round_orders) for one in stands] for _ in range(size.rounds)]
    finally:
        mould.let_autovacuum(True)
    return {
        "rounds": size.rounds,
        "round_orders": size.round_orders,
        "behind": size.behind,
        "stands": [_figures(stand.title, n, costs) for n, stand in enumerate(stands)],
        "behind_gb": round(bytes_an_order * size.behind / 1e9, 3),
    }


def table_of(found: Figures) -> str:
    rows = [
        (
            one["title"], one["buffers"], f"{one['buffers_ratio']:.2f}", one["reads"],
            one["per_s"], f"{one['time_ratio']:.2f}",
        )
        for one in found["stands"]
    ]  # fmt: skip
    head = (
        "waiting and behind", "pages an order", "ratio", "not in memory", "orders/s",
        "time, median of pairs",
    )  # fmt: skip
    told = (
        f"{found['rounds']} rounds of {found['round_orders']:,} orders each, one process, one "
        f"connection; ratios to the first. The history is {found['behind_gb']:,.3g} GB. Not in "
        "memory are pages the server asked the system for."
    )
    return f"{told}\n\n{table(head, rows)}"


def goals_of(found: Figures) -> list[Goal]:
    return [
        Goal(
            f"pages an order within 20 %: {one['title']}",
            f"{one['buffers_ratio']:.2f}",
            0.8 <= one["buffers_ratio"] <= 1.2,
        )
        for one in found["stands"][1:]
    ]


def _backlog(mould: Place, count: int) -> tuple[str, Place, Shelf]:
    place = mould.another(f"bench_backlog_{count}")
    return f"{count:,} waiting", place, _wait(place, count)


def _backlog_before(place: Place, waiting: int, behind: int) -> tuple[str, Place, Shelf]:
    title = f"{waiting:,} waiting, {behind:,} delivered behind"
    return title, place, _wait(place, waiting)


def _wait(place: Place, count: int) -> Shelf:
    """So many paid orders wait here."""
    from daoda.kit import clock

    place.enter()
    shelf = seeding.open_shop(place, clock.now())
    if (missing := count - _waiting(place)) > 0:
        seeding.paid(place, shelf, missing, clock.now())
        place.learn()
    return shelf


def _history(place: Place, behind: int) -> int:
    """So many delivered orders lie behind; the bytes on disk each of them takes."""
    from daoda.kit import clock

    place.enter()
    now = clock.now()
    return build(place, seeding.open_shop(place, now), behind, now)


def _waiting(place: Place) -> int:
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM orders_order WHERE state = 'paid'"
        ).fetchone()
    return row[0] if row else 0


def _round(stand: Stand, orders: int) -> Cost:
    from daoda.kit import clock

    stand.place.enter()
    seeding.paid(stand.place, stand.shelf, orders, clock.now())
    return stand.hand.work(orders)


def _figures(title: str, number: int, costs: Sequence[Sequence[Cost]]) -> dict[str, Any]:
    mine = [costs_of_round[number] for costs_of_round in costs]
    pairs = [
        (one[number].seconds / one[number].did) / (one[0].seconds / one[0].did) for one in costs
    ]
    first = statistics.median(one[0].buffers_each for one in costs)
    buffers = statistics.median(cost.buffers_each for cost in mine)
    return {
        "title": title,
        "buffers": round(buffers, 2),
        "buffers_ratio": round(buffers / first, 3),
        "reads": round(statistics.median(cost.reads_each for cost in mine), 2),
        "per_s": round(statistics.median(cost.per_s for cost in mine)),
        "time_ratio": round(statistics.median(pairs), 3),
        "seconds": [round(cost.seconds, 3) for cost in mine],
    }
