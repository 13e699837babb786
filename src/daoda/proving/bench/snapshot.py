"""An old snapshot: another session keeps everything that dies from being cleared away.

A report or a backup that runs for minutes does that to every queue kept in tables: what was
delivered since must still be walked over by whoever looks for what is not. Orders come in and are
delivered as before; pages and time per order are compared from part to part.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.hands import Cost, Hand, hand
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, table
from daoda.proving.bench.seeding import Shelf

TITLE = "Flat cost: beside an old snapshot"
WAITING = 10_000


@dataclass(frozen=True)
class Size:
    """How long the snapshot is held, its first part apart; orders a round; rounds without it."""

    held_s: float
    first_s: float
    round_orders: int
    rounds_before: int


SIZES = {
    "smoke": Size(1, 0.5, 50, 1),
    "try": Size(20, 5, 2_000, 5),
    "bench": Size(40, 10, 4_000, 6),
    "full": Size(600, 60, 4_000, 20),
}


@dataclass(frozen=True)
class Part:
    """Rounds of one part of the run. Medians, so that one hiccup of the machine says nothing."""

    title: str
    rounds: int
    orders: int
    buffers: float
    per_s: float
    slowest_s: float


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Rounds before, while the snapshot is held, and after it is gone."""
    from daoda.kit import clock

    place = mould.fresh("bench_snapshot")
    place.enter()
    shelf = seeding.open_shop(place, clock.now())
    seeding.paid(place, shelf, WAITING if size.held_s > 5 else 100, clock.now())
    place.settle_down()
    with hand(place, "fulfilment.deliver") as worker:
        _rounds(place, shelf, worker, size, 3)
        before = _rounds(place, shelf, worker, size, size.rounds_before)
        during = _rounds_beside(place, shelf, worker, size)
        after = _rounds(place, shelf, worker, size, size.rounds_before)
    place.drop()
    first = [cost for at, cost in during if at <= size.first_s]
    later = [cost for at, cost in during if at > size.first_s] or first[-1:]
    half = max(1, len(later) // 2)
    parts = [
        _part("before", before),
        _part(f"held, first {size.first_s:.0f} s", first),
        _part("held, then", later[:half]),
        _part(f"held, until {size.held_s:.0f} s", later[-half:]),
        _part("after", after),
    ]
    return {
        "held_s": size.held_s,
        "round_orders": size.round_orders,
        "delivered_beside": sum(cost.did for _, cost in during),
        "parts": [asdict(part) for part in parts],
    }


def table_of(found: Figures) -> str:
    head = ("snapshot", "rounds", "pages an order", "orders/s", "slowest round, s")
    rows = [
        (p["title"], p["rounds"], p["buffers"], p["per_s"], p["slowest_s"]) for p in found["parts"]
    ]
    told = (
        f"Held for {found['held_s']:.0f} s, in which {found['delivered_beside']:,} orders were "
        f"delivered, {found['round_orders']:,} a round, by one process over one connection."
    )
    return f"{told}\n\n{table(head, rows)}"


def goals_of(found: Figures) -> list[Goal]:
    _, _, then, last, after = found["parts"]
    flat = last["buffers"] / then["buffers"]
    speed = last["per_s"] / then["per_s"]
    again = after["per_s"] / found["parts"][0]["per_s"]
    return [
        Goal(
            "flat after its first part: pages an order, end to middle, within 20 %",
            f"{flat:.2f}",
            flat <= 1.2,
        ),
        Goal("and orders/s, end to middle, within 20 %", f"{speed:.2f}", speed >= 0.8),
        Goal("recovers by itself: orders/s after to before", f"{again:.2f}", again >= 0.8),
    ]


def _rounds(place: Place, shelf: Shelf, worker: Hand, size: Size, rounds: int) -> list[Cost]:
    return [_round(place, shelf, worker, size) for _ in range(rounds)]


def _round(place: Place, shelf: Shelf, worker: Hand, size: Size) -> Cost:
    from daoda.kit import clock

    seeding.paid(place, shelf, size.round_orders, clock.now())
    return worker.work(size.round_orders)


def _rounds_beside(
    place: Place, shelf: Shelf, worker: Hand, size: Size
) -> list[tuple[float, Cost]]:
    """Rounds with the second of the snapshot in which each ended."""
    found = []
    with psycopg.connect(place.superuser_url) as holding:
        holding.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holding.execute("SELECT count(*) FROM orders_order")  # from here on the snapshot is old
        began = monotonic()
        while monotonic() - began < size.held_s:
            cost = _round(place, shelf, worker, size)
            found.append((monotonic() - began, cost))
    return found


def _part(title: str, costs: Sequence[Cost]) -> Part:
    middle: Any = statistics.median
    return Part(
        title,
        len(costs),
        sum(cost.did for cost in costs),
        round(middle([cost.buffers_each for cost in costs]), 2),
        round(middle([cost.per_s for cost in costs])),
        round(max(cost.seconds for cost in costs), 3),
    )
