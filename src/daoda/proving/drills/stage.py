"""The stage of a drill: place, sale, house, traffic, and the course every drill takes.

A drill is a function of a stage. It starts processes, lets the day begin, injects its fault and
ends it; that the house comes to rest by itself and holds is then asked for all drills alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import psycopg

from daoda.config.postgres import APP_ROLE, Cluster
from daoda.proving.drills import judging, listening, watching
from daoda.proving.drills import sale as sales
from daoda.proving.drills.gateway import Gateway
from daoda.proving.drills.house import House
from daoda.proving.drills.judging import Check
from daoda.proving.drills.place import Place, folder, installed
from daoda.proving.drills.sale import Sale
from daoda.proving.drills.traffic import Traffic, api_orders, notice

REST_S_MAX = 120.0
API_SHARE = 0.1
API_ORDERS_MAX = 300
# How long a day takes: long enough that whatever fails fails in the middle of it.
DAY_S_MIN = 4.0
ORDERS_PER_S = 250
MakesPlace = Callable[[Path, Path | None], AbstractContextManager[Place]]
# What an installation says of itself must not reach the one that is drilled.
OURS = ("DAODA_", "DATABASE_")


@dataclass
class Stage:
    """One run of one drill. ``dice`` decides everything that is left to chance.

    ``did`` is what was done to the house, and how many seconds into the day. ``revive`` starts
    again for the judgement what the processes took down with them.
    """

    name: str
    seed: int
    orders: int
    where: Place
    sale: Sale
    house: House
    traffic: Traffic
    watch: watching.Watch
    gateway: Gateway
    dice: Random
    checks: list[Check] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    did: list[tuple[float, str]] = field(default_factory=list)
    faults: list[float] = field(default_factory=list)
    revive: Callable[[], object] = lambda: None
    began: float = field(default_factory=monotonic)

    @property
    def day_s(self) -> float:
        """Seconds over which the day's notices are spread."""
        return max(DAY_S_MIN, self.orders / ORDERS_PER_S)

    def check(self, name: str, held: bool, words: str) -> None:
        """Something this drill in particular must show."""
        self.checks.append(Check(name, held, words))

    def open_doors(self, *, workers: int = 2, **variables: str) -> None:
        """A web, workers and the live subscriber, kept running from now on."""
        self.house.keep("web", "web", **variables)
        for number in range(workers):
            self.house.keep(f"worker {number + 1}", "worker", **variables)
        self.house.keep("reader", listening.LIVE, module=listening.__name__, **variables)
        self.house.ready()

    def begin_day(self, **more: Any) -> None:
        """Let the channel tell and programs order, spread over the day in the order of chance."""
        for told in self.sale.told:
            after_s = self.dice.uniform(0.0, self.day_s)
            self.traffic.add([notice(self.sale, told, after_s=after_s, **more)])
        count = min(API_ORDERS_MAX, max(10, round(self.orders * API_SHARE)))
        for errand in api_orders(self.sale, count):
            self.traffic.add([replace(errand, after_s=self.dice.uniform(0.0, self.day_s))])
        self.began = monotonic()
        self.traffic.start()

    def does(self, words: str) -> None:
        """Say what is done to the house at this moment."""
        self.did.append((round(monotonic() - self.began, 2), words))

    def fault(self, words: str) -> None:
        """The fault happens now: how long the doors are silent after it is noted in the end."""
        self.does(words)
        self.faults.append(monotonic())

    def come_to_rest(self) -> None:
        """Wait until all is answered and worked off. Raises Stuck."""
        from django.db import connections

        connections.close_all()  # whatever was injected, ours may have been hit as well
        sales.bring_what_is_lacking(self.sale)
        house = self.house
        took_s = house.until("all is answered", lambda: not self.traffic.left, s_max=REST_S_MAX)
        took_s += house.until("all is at rest", self._at_rest, s_max=REST_S_MAX)
        self.figures["rest_s"] = round(took_s, 1)

    def ask(self, question: str, **params: object) -> Any:
        """The single value a question to the database answers. Raises psycopg.Error."""
        with psycopg.connect(self.where.url, connect_timeout=5) as connection:
            row = connection.execute(question.encode(), params).fetchone()
        return row[0] if row else None

    def answers(self) -> bool:
        """Whether the database takes writes from us at this moment."""
        try:
            return self.ask("SELECT NOT pg_is_in_recovery()") is True
        except psycopg.OperationalError:
            return False

    def deliveries(self, cluster: Cluster) -> int:
        """How many orders this server knows as delivered."""
        with psycopg.connect(cluster.url(APP_ROLE), connect_timeout=5) as connection:
            row = connection.execute("SELECT count(*) FROM fulfilment_delivery").fetchone()
        return row[0] if row else 0

    def judge(self) -> None:
        """Stop everybody, hear the journal to its end, then ask for everything that must hold."""
        from django.db import connections

        from daoda.kit import clock

        self.house.close()
        self.watch.stop()
        self.revive()
        connections.close_all()
        for name in (listening.LIVE, listening.AFTER):
            while listening.hear(name, clock.now()):
                pass
        with psycopg.connect(self.where.url, autocommit=True) as connection:
            self.checks += judging.judge(connection, self.sale, self.traffic, self.gateway)
        self.checks.append(self.watch.check())
        if self.faults:
            silences = [self.traffic.silence_s(after=moment) for moment in self.faults]
            self.figures["silence_s"] = round(max(silences), 2)

    def _at_rest(self) -> bool:
        try:
            with psycopg.connect(self.where.url, connect_timeout=5) as connection:
                moving = judging.moving(connection)
        except psycopg.OperationalError as problem:
            moving = str(problem)
        if moving:
            print(f"not at rest: {moving}")
        return not moving


@contextmanager
def scene(
    name: str,
    *,
    seed: int,
    orders: int,
    place: MakesPlace = installed,
    prepared: Path | None = None,
) -> Iterator[Stage]:
    """Everything a drill needs, set up in a throw-away folder and gone afterwards.

    Must be entered before anything of Django is imported. For ``prepared`` see ``installed``.
    """
    for variable in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[variable]
    dice = Random(seed)
    gateway = Gateway()
    with folder() as made, place(made / "data", prepared) as where:
        with _not_waiting_for_the_disk():
            sale = sales.open_sale(orders=orders, dice=dice, gateway=gateway.url)
        listening.join(where.owner_url)
        house = House(log=print)
        traffic = Traffic(house.port)
        gateway.start()
        watch = watching.Watch(where.url)
        watch.start()
        try:
            yield Stage(name, seed, orders, where, sale, house, traffic, watch, gateway, dice)
        finally:
            watch.stop()
            traffic.stop()
            house.close()
            gateway.stop()


@contextmanager
def _not_waiting_for_the_disk() -> Iterator[None]:
    """For our own setting up; the next commit that waits makes all of it durable."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
