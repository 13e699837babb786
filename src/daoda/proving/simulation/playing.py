"""The day itself: what happens at which moment, in one order, on a simulated clock.

Buyers come, notices come, the machine takes its turns, people finish what they are at, a supplier
sends, a minute passes. Every act is one of ``acting``; nothing here decides what becomes of it.
"""

from __future__ import annotations

import heapq
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from daoda.proving.simulation import asking, copying
from daoda.proving.simulation.acting import Shop
from daoda.proving.simulation.blueprint import Sold
from daoda.proving.simulation.buyers import Arrival
from daoda.proving.simulation.crew import Job, Queue
from daoda.trade.orders.actions import OrderRefused
from daoda.trade.payments.models import Payment
from daoda.watch.rehearsals.rules import CREWS, Restock

TURN = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
# How long the clock runs on after the last buyer, for what is then still open.
TAIL = timedelta(hours=24)
ANALYZE_EVERY = 5_000
# What happens at one moment, in this order.
DONE, SENT, COMES, TOLD, TURNS, STARTS, PASSES = range(7)


@dataclass
class RanOut:
    """A shelf found empty: when first, and how many pieces could not be sold."""

    at: datetime
    refused: int = 0
    missing: int = 0


@dataclass
class Seen:
    """What was counted while the day was played; times are of the simulated clock."""

    wanted: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ran_out: dict[uuid.UUID, RanOut] = field(default_factory=dict)
    queues: dict[int, dict[str, int]] = field(default_factory=dict)
    jobs: dict[str, list[Job]] = field(default_factory=lambda: {name: [] for name in CREWS})
    arrived: int = 0
    ended_at: datetime | None = None


@dataclass
class Player:
    """Plays a day. ``midnight`` begins it; ``hear`` is told how far it is, in buyers."""

    shop: Shop
    sold: Mapping[uuid.UUID, Sold]
    queues: Mapping[str, Queue]
    restock: Restock
    midnight: datetime
    ends_at: datetime
    one_in: int
    superuser_url: str
    hear: Callable[[int, datetime], object]
    seen: Seen = field(default_factory=Seen)
    _events: list[tuple[datetime, int, int, Any]] = field(default_factory=list)
    _number: int = 0
    _ticking: bool = False
    _turning: bool = False
    _awaiting: set[str] = field(default_factory=set)
    _sent_for: set[uuid.UUID] = field(default_factory=set)
    _told: dict[uuid.UUID, Arrival] = field(default_factory=dict)

    def play(self, arrivals: Sequence[Arrival]) -> Seen:
        """Let everybody come, and the clock run on until nothing is open or ``TAIL`` is over."""
        for arrival in arrivals:
            self._at(self.midnight + timedelta(seconds=arrival.at_s), COMES, arrival)
        last = self.ends_at + TAIL
        does: dict[int, Callable[[Any, datetime], None]] = {
            DONE: self._done, SENT: self._sent, COMES: self._comes, TOLD: self._tells,
            TURNS: self._turns, STARTS: self._starts, PASSES: self._passes,
        }  # fmt: skip
        now = self.midnight
        while self._events and self._events[0][0] <= last:
            now, what, _number, subject = heapq.heappop(self._events)
            does[what](subject, now)
        self.seen.ended_at = now
        return self.seen

    def minute(self, at: datetime) -> int:
        """How many minutes after the day's midnight."""
        return (at - self.midnight) // MINUTE

    def _at(self, at: datetime, what: int, subject: Any = None) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, what, self._number, subject))

    def _comes(self, arrival: Arrival, now: datetime) -> None:
        self.seen.wanted[self.minute(now)] += arrival.stands_for
        self.seen.arrived += 1
        if self.seen.arrived % ANALYZE_EVERY == 0:
            copying.analyze(self.superuser_url)
        self.hear(self.seen.arrived, now)
        self._tick(now)
        try:
            payment = self.shop.place(arrival.variant_id, arrival.quantity, now=now)
        except OrderRefused as refused:
            self.seen.refused[refused.code] += arrival.stands_for
            if refused.code == "sold_out":
                self._found_empty(arrival, now)
            return
        if arrival.pays_s is not None:
            paid_at = now + timedelta(seconds=arrival.pays_s)
            self._at(paid_at + timedelta(seconds=arrival.told_s), TOLD, (arrival, payment, paid_at))

    def _tells(self, told: tuple[Arrival, Payment, datetime], now: datetime) -> None:
        arrival, payment, paid_at = told
        self.shop.tell(payment, paid_at=paid_at, now=now)
        self._told[payment.order_id] = arrival
        self._turn_soon(now)

    def _turn_soon(self, now: datetime) -> None:
        if not self._turning:
            self._turning = True
            turns = (now - self.midnight) // TURN + 1
            self._at(self.midnight + turns * TURN, TURNS)

    def _turns(self, _subject: None, now: datetime) -> None:
        self._turning = False
        self.shop.turn(now=now)
        told, self._told = self._told, {}
        for order_id, state, promised_at in asking.standing(list(told)):
            arrival = told[order_id]
            crew = self.sold[arrival.variant_id].crew
            if state == "in_hand":
                job = Job(promised_at, now, arrival.number, arrival.work_s, order_id)
                self.seen.jobs[crew].append(job)
                self.queues[crew].add(job)
            elif state == "short":
                self._found_empty(arrival, now)
        for crew in CREWS:
            self._take_up(crew, now)
        self._tick(now)

    def _take_up(self, crew: str, now: datetime) -> None:
        queue = self.queues[crew]
        for ends_at, job in queue.take_up(now):
            self._at(ends_at, DONE, (crew, job))
        stands_idle = queue.waiting and queue.at_once and not queue.hours.open_at(now)
        if stands_idle and crew not in self._awaiting:
            self._awaiting.add(crew)
            self._at(queue.hours.next_start(now), STARTS, crew)

    def _starts(self, crew: str, now: datetime) -> None:
        self._awaiting.discard(crew)
        self._take_up(crew, now)

    def _done(self, done: tuple[str, Job], now: datetime) -> None:
        crew, job = done
        self.queues[crew].free()
        self.shop.deliver_by_hand(job.order_id, now=now)
        self._take_up(crew, now)
        self._tick(now)

    def _found_empty(self, arrival: Arrival, now: datetime) -> None:
        found = self.seen.ran_out.setdefault(arrival.variant_id, RanOut(now))
        found.refused += arrival.stands_for
        found.missing += arrival.stands_for * arrival.quantity
        if self.restock.codes and arrival.variant_id not in self._sent_for:
            self._sent_for.add(arrival.variant_id)
            self._at(now + timedelta(seconds=self.restock.after_s), SENT, arrival.variant_id)

    def _sent(self, variant_id: uuid.UUID, now: datetime) -> None:
        self._sent_for.discard(variant_id)
        count = max(1, self.restock.codes // self.one_in)
        copying.bring_in(self.shop.shop_id, variant_id, count, now=now)
        self._turn_soon(now)
        self._tick(now)

    def _tick(self, now: datetime) -> None:
        if not self._ticking:
            self._ticking = True
            self._at(self.midnight + (self.minute(now) + 1) * MINUTE, PASSES)

    def _passes(self, _subject: None, now: datetime) -> None:
        """A minute has passed: the dates in it, and what waits where at its end."""
        self._ticking = False
        self.shop.sweep(now=now)
        waiting = asking.queues(self.one_in)
        self.seen.queues[self.minute(now) - 1] = waiting
        if waiting:
            self._tick(now)
