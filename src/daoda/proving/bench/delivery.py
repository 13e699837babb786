"""Delivery: orders a second from paid to delivered, beside other ways of doing the same.

Ours claims, allots, moves, keeps promises, writes facts and money, in batches. Beside it run the
floor (the very same rows with no logic), two engines that take one order at a time, and a plain
Django loop, each with as many processes, in the same database, one after the other.
"""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module, util
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.place import Place
from daoda.proving.bench.racing import race, ready
from daoda.proving.bench.results import Figures, Goal, Steps, table
from daoda.proving.bench.seeding import Shelf

TITLE = "Delivery beside other ways of delivering"
BATCH_ROWS = 2000
# Each with the package it needs, which only a development environment has.
ENGINES = {"procrastinate_jobs": "procrastinate", "dbos_workflows": "dbos"}
LOOP = "django_loop"
PEERS = {
    "procrastinate_jobs": "one procrastinate job per order",
    "dbos_workflows": "one DBOS workflow per order",
    LOOP: "a plain Django loop, one order per transaction",
}


@dataclass(frozen=True)
class Size:
    """Orders a round for the sets, and for those who take one at a time; processes of each."""

    rounds: int
    orders: int
    single_orders: int
    processes: int = 2


SIZES = {
    "smoke": Size(1, 200, 20, 1),
    "try": Size(2, 20_000, 500),
    "bench": Size(3, 20_000, 500),
    "full": Size(5, 60_000, 3_000),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Rounds of everybody in turn: orders/s of each, and the medians of the ratios."""
    from daoda.kit import clock

    place = mould.fresh("bench_delivery")
    place.enter()
    shelf = seeding.open_shop(place, clock.now())
    rates = [
        steps.once(f"round {number + 1}", lambda: _round(place, shelf, size))
        for number in range(size.rounds)
    ]
    engines = [name for name in ENGINES if name in rates[0]]
    return {
        "rounds": size.rounds,
        "orders": size.orders,
        "single_orders": size.single_orders,
        "processes": size.processes,
        "batch_rows": BATCH_ROWS,
        "missing": [name for name in ENGINES if name not in rates[0]],
        "per_s": {name: [one[name] for one in rates] for name in rates[0]},
        "of_floor": _median(one["ours"] / one["floor"] for one in rates),
        "times_best_engine": _median(
            one["ours"] / max(one[name] for name in engines) for one in rates
        )
        if engines
        else None,
        "times_loop": _median(one["ours"] / one[LOOP] for one in rates),
    }


def table_of(found: Figures) -> str:
    titles = {"ours": "Daoda", "floor": "the same rows written with no logic: the floor"}
    titles |= PEERS
    median = {name: statistics.median(values) for name, values in found["per_s"].items()}
    head = ("way", *(f"round {n + 1}" for n in range(found["rounds"])), "Daoda is")
    rows = [
        (titles[name], *values, f"{median['ours'] / median[name]:.3g} ×")
        for name, values in found["per_s"].items()
    ]
    told = (
        f"Orders a second. {found['orders']:,} orders a round for sets, "
        f"{found['single_orders']:,} for those who take one at a time; "
        f"{found['processes']} processes each, sets of {found['batch_rows']:,}."
    )
    if found["missing"]:
        told += f" Not installed here: {', '.join(found['missing'])}."
    return f"{told}\n\n{table(head, rows)}"


def goals_of(found: Figures) -> list[Goal]:
    goals = [
        Goal("at least 60 % of the floor", f"{found['of_floor']:.0%}", found["of_floor"] >= 0.6)
    ]
    times = found["times_best_engine"]
    if times is not None:
        asked = "at least 40 × the best engine of one order at a time"
        goals.append(Goal(asked, f"{times:.0f} ×", times >= 40))
    return goals


def _round(place: Place, shelf: Shelf, size: Size) -> Figures:
    rates = {
        "ours": _rate(place, shelf, size.orders, _ours(size.processes)),
        "floor": _rate(
            place, shelf, size.orders, _peer("floor", size.processes, batch_rows=BATCH_ROWS)
        ),
    }
    for name, package in (*ENGINES.items(), (LOOP, "django")):
        if util.find_spec(package) is not None:
            peer = _peer(name, size.processes)
            rates[name] = _rate(place, shelf, size.single_orders, peer)
    return rates


Ready = tuple[Callable[..., None], Sequence[tuple[Any, ...]]]
Prepare = Callable[[Place, Shelf, Sequence[uuid.UUID]], Ready]


def _rate(place: Place, shelf: Shelf, orders: int, prepare: Prepare) -> int:
    from daoda.kit import clock

    made = seeding.paid(place, shelf, orders, clock.now())
    work, shares = prepare(place, shelf, made)
    place.settle_down()
    seconds = race(work, shares)
    _check(place, made)
    return round(orders / seconds)


def _ours(processes: int) -> Prepare:
    return lambda place, shelf, orders: (_deliver, [()] * processes)


def _deliver(barrier: Barrier) -> None:
    from daoda.config import django_ready

    django_ready()
    from daoda.delivery.fulfilment import actions as fulfilment
    from daoda.kit import clock

    clock.now()  # the connection is open
    ready(barrier)
    while fulfilment.deliver_batch(now=clock.now(), limit_rows=BATCH_ROWS):
        pass


def _peer(name: str, processes: int, **options: int) -> Prepare:
    module = import_module(f"daoda.proving.bench.peers.{name}")

    def prepare(place: Place, shelf: Shelf, orders: Sequence[uuid.UUID]) -> Ready:
        return module.work, module.prepare(place, shelf, orders, processes=processes, **options)

    return prepare


def _check(place: Place, orders: Sequence[uuid.UUID]) -> None:
    """What was measured did happen. AssertionError otherwise: no figure without the work."""
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM orders_order WHERE state = 'paid'),"
            " (SELECT count(*) FROM fulfilment_delivery d"
            "  JOIN fulfilment_deliveredcode c USING (order_id)"
            "  WHERE d.order_id = ANY (%s))",
            [list(orders)],
        ).fetchone()
    assert row == (0, len(orders)), f"(left, delivered) is {row}, of {len(orders)}"


def _median(values: Any) -> float:
    return round(float(statistics.median(values)), 3)
