"""Processes killed by -9: at random, and at every named fault point there is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

import daoda
from daoda.proving.drills import sale as sales
from daoda.proving.drills.house import Stuck, answers, children
from daoda.proving.drills.place import free_port
from daoda.proving.drills.stage import Stage
from daoda.proving.drills.traffic import Traffic, api_orders, notice

KILL_EVERY_S = (0.3, 1.2)
VICTIMS = ("worker 1", "worker 2", "worker 1", "worker 2", "reader", "web")
# What a dead worker had claimed comes back to the others when a lease of a minute is over.
POINT_S_MAX = 150.0
POINTS_AT_ONCE = 4
FEED_EVERY_S = 0.3
FEED_TIMES = 100
FEED_CODES = 5
DOOR_ORDERS = 4
FIRST_AT_DOOR = 1_000_000
LATER_S = "90"
# Nobody on a drill's day buys from suppliers, compensates, or decides on a refund: whoever does is
# killed in tests of its own (tests/flows/test_supply_crashes.py, test_refunds_and_crashes.py).
ELSEWHERE = ("attempt.", "compensate.", "refund.owed")
_POINT = re.compile(r"faults\.point\(\s*\"(?P<name>[^\"]+)\"")


@dataclass(frozen=True)
class Point:
    """A named fault point and the package whose loops, or whose door, pass it."""

    name: str
    package: str

    @property
    def at_the_door(self) -> bool:
        return self.package.startswith("daoda.doors.")


def at_random(stage: Stage) -> None:
    """Kill whoever runs, every second or so, all day long."""
    stage.open_doors(workers=2)
    stage.begin_day()
    killed: dict[str, int] = {}
    for pause_s, victim in plan(stage.dice, day_s=stage.day_s):
        stage.house.pause(pause_s)
        if stage.house.kill(victim):
            stage.fault(f"kill -9 {victim}")
            killed[victim] = killed.get(victim, 0) + 1
    total = sum(killed.values())
    stage.check("killed", total > 0, ", ".join(f"{who} {n} ×" for who, n in sorted(killed.items())))


def plan(dice: Random, *, day_s: float) -> Iterator[tuple[float, str]]:
    """How long to wait, and whom to kill then, until the day is over."""
    while day_s > 0:
        pause_s = dice.uniform(*KILL_EVERY_S)
        day_s -= pause_s
        yield pause_s, dice.choice(VICTIMS)


def at_points(stage: Stage) -> None:
    """Let a process die at every fault point of the source; one that is not hit fails."""
    named = list(find_points())
    points = [point for point in named if not point.name.startswith(ELSEWHERE)]
    stage.house.keep("web", "web")
    stage.house.keep("reader", "drill.live", module="daoda.proving.drills.listening")
    stage.house.ready()
    stage.traffic.start()
    groups = list(_groups(points))
    feed = _Feed(stage)
    hit: list[str] = []
    for nth, ours in enumerate(groups):
        stage.does(f"kill -9 at {', '.join(point.name for point in ours)}")
        feed.ration(groups_left=len(groups) - nth)
        hit += _die_at_the_door(stage, ours) if ours[0].at_the_door else _die(stage, ours, feed)
    feed.the_rest()
    stage.house.keep("worker", "worker")
    # What the dead had taken up is theirs until a lease of theirs runs out: let time pass.
    stage.house.keep("later worker", "worker", DAODA_CLOCK_OFFSET_S=LATER_S)
    missed = [point.name for point in points if point.name not in hit]
    words = f"{len(hit)} of {len(points)} hit: {', '.join(hit)}"
    words += f"; missed: {', '.join(missed)}" if missed else ""
    words += f"; {len(named) - len(points)} others are not on a drill's way"
    stage.check("points", bool(points) and not missed, words)


def find_points() -> Iterator[Point]:
    """Every fault point named in the source."""
    root = Path(daoda.__path__[0])
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if {"tests", "proving"} & set(inside.parts):
            continue
        package = ".".join(("daoda", *inside.parts[:2]))
        for found in _POINT.finditer(path.read_text(encoding="utf-8")):
            yield Point(found["name"], package)


def _groups(points: list[Point]) -> Iterator[list[Point]]:
    """The points of one package, a few at a time: each takes a process to die at it."""
    for package in sorted({point.package for point in points}):
        ours = [point for point in points if point.package == package]
        for start in range(0, len(ours), POINTS_AT_ONCE):
            yield ours[start : start + POINTS_AT_ONCE]


class _Feed:
    """The day in small helpings, so that there is always something to die at."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._told = list(stage.sale.told)
        self._ration = self._helping = 0

    def ration(self, *, groups_left: int) -> None:
        """However long one group takes, something is left for the others."""
        self._ration = len(self._told) // groups_left
        self._helping = max(1, self._ration // FEED_TIMES)

    def give(self) -> None:
        size = min(self._helping, self._ration)
        self._ration -= size
        helping, self._told = self._told[:size], self._told[size:]
        self._stage.traffic.add(notice(self._stage.sale, told) for told in helping)
        sales.bring_in(self._stage.sale, self._stage.sale.for_imports, FEED_CODES)

    def the_rest(self) -> None:
        self._helping = self._ration = len(self._told)
        self.give()


def _die(stage: Stage, points: list[Point], feed: _Feed) -> list[str]:
    """One worker for each point, with the loops of its package alone; another for the others."""
    ours, others = _loops_of(points[0].package)
    rest = stage.house.loose("worker", "--only", *others)
    dying = {
        point.name: stage.house.loose("worker", "--only", *ours, DAODA_FAULT=point.name)
        for point in points
    }
    ends_at = monotonic() + POINT_S_MAX
    while any(process.poll() is None for process in dying.values()) and monotonic() < ends_at:
        feed.give()
        stage.house.pause(FEED_EVERY_S)
    for process in (rest, *dying.values()):
        if process.poll() is None:
            process.terminate()
            process.wait()
    return [name for name, process in dying.items() if process.returncode == -9]


def _loops_of(package: str) -> tuple[list[str], list[str]]:
    """The names of a package's loops, and of all others."""
    from daoda.config import worker

    named = {loop.name: loop.run_once for loop in worker.loops()}
    ours = [name for name, act in named.items() if _module_of(act).startswith(package)]
    return ours, [name for name in named if name not in ours]


def _module_of(act: object) -> str:
    """Where a loop's function, or the class of a loop's object, is written."""
    return str(getattr(act, "__module__", "") or type(act).__module__)


def _die_at_the_door(stage: Stage, points: list[Point]) -> list[str]:
    """A web of its own for each point; programs order there until it has died, then elsewhere."""
    hit = []
    for nth, point in enumerate(points):
        port = free_port()
        web = stage.house.loose("web", DAODA_FAULT=f"{point.name}:2", DAODA_PORT=str(port))
        stage.house.until("a web to kill", partial(answers, port), s_max=POINT_S_MAX)
        serving = children(web.pid)
        errands = api_orders(stage.sale, DOOR_ORDERS, first=FIRST_AT_DOOR + nth * DOOR_ORDERS)
        traffic = Traffic(port)
        traffic.add(errands)
        traffic.start()
        with suppress(Stuck):
            died = partial(_has_changed, web, serving)
            stage.house.until(point.name, died, s_max=POINT_S_MAX)
            hit.append(point.name)
        traffic.stop()
        web.terminate()
        web.wait()
        stage.traffic.add(errands)
    return hit


def _has_changed(web: subprocess.Popen[bytes], serving: list[int]) -> bool:
    """The parent starts a serving process anew, so a killed one shows as another number."""
    return web.poll() is not None or children(web.pid) != serving
