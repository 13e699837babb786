"""Sustained: half of what the door can take, for minutes on end.

What counts is that nothing grows: not the time from an answered notice to its delivery, not the
memory of the processes.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep

from daoda.proving.bench import load, notices, seeding, servers
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table
from daoda.proving.bench.seeding import Shelf
from daoda.proving.bench.servers import Server

TITLE = "Sustained: half the intake for minutes"
CONNECTIONS = 64
SAMPLE_S = 1.0
# The first part warms up: caches fill, the allocator takes what batches of this size need.
WARM_SHARE = 0.2


@dataclass(frozen=True)
class Size:
    """Notices by which the intake is measured, and how long half of it is kept up."""

    probe_notices: int
    seconds: float


SIZES = {
    "smoke": Size(60, 1),
    "try": Size(4_000, 10),
    "bench": Size(6_000, 30),
    "full": Size(20_000, 300),
}


@dataclass
class Memory:
    """Resident bytes of a server over time, sampled in a thread of their own."""

    server: Server
    samples: list[int] = field(default_factory=list)

    def watch(self, over: threading.Event) -> None:
        while not over.wait(SAMPLE_S):
            self.samples.append(self.server.rss_bytes)

    def figures(self) -> dict[str, float]:
        """Medians of the first and the last third after warming up, in MB."""
        samples = self.samples or [self.server.rss_bytes]
        warm = samples[int(WARM_SHARE * len(samples)) :] or samples
        third = max(1, len(warm) // 3)
        return {
            "early_mb": round(statistics.median(warm[:third]) / 2**20, 1),
            "late_mb": round(statistics.median(warm[-third:]) / 2**20, 1),
        }


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Find the intake with everything running, then keep up half of it."""
    from daoda.kit import clock

    place = mould.fresh("bench_sustained")
    place.enter()
    shelf = seeding.open_shop(place, clock.now())
    with servers.web(place) as web, servers.worker(place) as worker:
        _fire(place, shelf, web, 100)
        probe, _ = _fire(place, shelf, web, size.probe_notices)
        notices.until_delivered(place, 100 + probe.answered, monotonic())
        rate = probe.per_s / 2
        memory = {"web": Memory(web), "worker": Memory(worker)}
        over = threading.Event()
        watching = [threading.Thread(target=one.watch, args=(over,)) for one in memory.values()]
        count = max(20, int(rate * size.seconds))
        numbers = seeding.unpaid(place, shelf, count, clock.now())
        place.settle_down()
        sleep(1)
        for thread in watching:
            thread.start()
        requests = notices.signed(shelf.channel_id, numbers)  # too many to keep: signed when due
        fired = load.fire(web.port, requests, connections=min(CONNECTIONS, count), per_s=rate)
        over.set()
        for thread in watching:
            thread.join()
        notices.until_delivered(place, 100 + probe.answered + fired.answered, monotonic())
    waits = notices.waits_s(place, numbers, fired.answered_at)
    place.drop()
    return {
        "seconds": round(fired.seconds, 1),
        "intake_per_s": round(probe.per_s),
        "per_s": round(rate),
        "notices": fired.answered,
        "refused": fired.refused,
        "lost": fired.answered - len(waits),
        "answer_p50_ms": round(1000 * quantile(fired.latencies_s, 0.5), 1),
        "answer_p99_ms": round(1000 * quantile(fired.latencies_s, 0.99), 1),
        "wait_p50_s": round(quantile(waits, 0.5), 3),
        "wait_p99_s": round(quantile(waits, 0.99), 3),
        "wait_max_s": round(max(waits), 3),
        "wait_p99_by_part_s": [round(quantile(part, 0.99), 3) for part in _parts(waits)],
        "memory": {name: one.figures() for name, one in memory.items()},
    }


def table_of(found: Figures) -> str:
    rows: list[tuple[object, object]] = [
        ("notices a second", found["per_s"]),
        ("answered, p50, ms", found["answer_p50_ms"]),
        ("answered, p99, ms", found["answer_p99_ms"]),
        ("from answered to delivered, p50, s", found["wait_p50_s"]),
        ("the same, p99, s", found["wait_p99_s"]),
        ("the same, p99 of each quarter, s", ", ".join(map(str, found["wait_p99_by_part_s"]))),
        ("the same, longest, s", found["wait_max_s"]),
        ("refused", found["refused"]),
        ("answered and not delivered", found["lost"]),
    ]
    rows += [
        (f"memory of the {name}, early and late, MB", f"{one['early_mb']} and {one['late_mb']}")
        for name, one in found["memory"].items()
    ]
    told = (
        f"Half of the measured intake ({found['intake_per_s']:,} a second with the worker beside) "
        f"for {found['seconds']:.0f} s: {found['notices']:,} notices."
    )
    return f"{told}\n\n{table(('figure', 'value'), rows)}"


def goals_of(found: Figures) -> list[Goal]:
    goals = [
        Goal(
            "p99 from notice to delivery below 1 s",
            f"{found['wait_p99_s']} s",
            found["wait_p99_s"] < 1,
        )
    ]
    for name, one in found["memory"].items():
        grown = one["late_mb"] / one["early_mb"] - 1
        goals.append(Goal(f"memory of the {name} flat: within 5 %", f"{grown:+.1%}", grown <= 0.05))
    return goals


def _fire(
    place: Place, shelf: Shelf, web: Server, count: int
) -> tuple[load.Fired, Sequence[object]]:
    from daoda.kit import clock

    numbers = seeding.unpaid(place, shelf, count, clock.now())
    place.settle_down()
    requests = list(notices.signed(shelf.channel_id, numbers))
    return load.fire(web.port, requests, connections=min(CONNECTIONS, count)), numbers


def _parts(values: Sequence[float], parts: int = 4) -> list[Sequence[float]]:
    size = max(1, len(values) // parts)
    return [values[n * size : (n + 1) * size] for n in range(parts)]
