"""People who deliver by hand: whose turn comes next, who is free, and how many would do.

The desk shows the soonest date first, and so they work. Whoever is at an order when her hours end
finishes it. Pure: the same rules play the day and answer "what if there were one more".
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from daoda.watch.rehearsals.rules import DAY_MINUTES

ENOUGH_MAX = 2_000
# What happens at one moment, in this order.
_DONE, _COMES, _STARTS = range(3)


class Job(NamedTuple):
    """An order in a crew's hands; sorts by what is due first."""

    due_at: datetime
    came_at: datetime
    number: int
    work_s: float
    order_id: uuid.UUID = uuid.UUID(int=0)


@dataclass(frozen=True)
class Hours:
    """From when to when a crew begins new work, every day; ``midnight`` is one of the shop's."""

    midnight: datetime
    starts: int
    ends: int

    def open_at(self, at: datetime) -> bool:
        """Whether anybody takes up work at this moment."""
        return self.starts <= self._minute(at) < self.ends

    def next_start(self, at: datetime) -> datetime:
        """When somebody is there again; ``at`` itself while somebody is."""
        if self.open_at(at):
            return at
        minute = self._minute(at)
        days = (at - self.midnight) // timedelta(days=1) + (minute >= self.ends)
        return self.midnight + timedelta(days=days, minutes=self.starts)

    def _minute(self, at: datetime) -> float:
        return (at - self.midnight) / timedelta(minutes=1) % DAY_MINUTES


@dataclass
class Queue:
    """The work of a crew: what waits, who is busy until when, what has been done."""

    at_once: int
    hours: Hours
    waiting: list[Job] = field(default_factory=list)
    busy: int = 0
    worked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add(self, job: Job) -> None:
        """An order has come."""
        heapq.heappush(self.waiting, job)

    def take_up(self, now: datetime) -> list[tuple[datetime, Job]]:
        """What those who are free begin now, and when each is done."""
        begun: list[tuple[datetime, Job]] = []
        while self.waiting and self.busy < self.at_once and self.hours.open_at(now):
            job = heapq.heappop(self.waiting)
            ends_at = now + timedelta(seconds=job.work_s)
            self.busy += 1
            self.worked.append((now, ends_at))
            begun.append((ends_at, job))
        return begun

    def free(self) -> None:
        """Somebody is done."""
        self.busy -= 1


def play(jobs: Sequence[Job], *, at_once: int, hours: Hours) -> list[tuple[datetime, Job]]:
    """When each job is done by a crew of this size; what nobody ever takes up is missing."""
    queue = Queue(at_once, hours)
    events = [(job.came_at, _COMES, place) for place, job in enumerate(jobs)]
    heapq.heapify(events)
    done: list[tuple[datetime, Job]] = []
    awaited = False
    while events:
        at, what, place = heapq.heappop(events)
        if what == _COMES:
            queue.add(jobs[place])
        elif what == _DONE:
            queue.free()
        else:
            awaited = False
        begun = queue.take_up(at)
        for ends_at, _job in begun:
            heapq.heappush(events, (ends_at, _DONE, len(done)))
        done += begun
        if queue.waiting and at_once and not awaited and not hours.open_at(at):
            awaited = True
            heapq.heappush(events, (hours.next_start(at), _STARTS, 0))
    return done


def late(jobs: Sequence[Job], *, at_once: int, hours: Hours) -> int:
    """How many jobs a crew of this size does not do by their dates."""
    done = play(jobs, at_once=at_once, hours=hours)
    return len(jobs) - sum(at <= job.due_at for at, job in done)


def enough(jobs: Sequence[Job], *, at_once: int, hours: Hours) -> tuple[int, int]:
    """The fewest people, at least ``at_once``, of whom more would not help, and how many dates

    break even so: those are for other hours, or for other dates, and not for more people.
    Weakness: takes it that more people never break more dates, which is so but for rare ties.
    """
    at_best = late(jobs, at_once=ENOUGH_MAX, hours=hours)
    low, high = max(1, at_once), ENOUGH_MAX
    while low < high:
        middle = (low + high) // 2
        if late(jobs, at_once=middle, hours=hours) > at_best:
            low = middle + 1
        else:
            high = middle
    return low, at_best


def busiest_hour(
    worked: Sequence[tuple[datetime, datetime]], *, at_once: int
) -> tuple[datetime, float] | None:
    """The hour most was worked in, and which share of all hands that was; None for no work."""
    spent: dict[datetime, float] = {}
    for begun, ended in worked:
        at = begun
        while at < ended:
            hour = at.replace(minute=0, second=0, microsecond=0)
            until = min(ended, hour + timedelta(hours=1))
            spent[hour] = spent.get(hour, 0.0) + (until - at).total_seconds()
            at = until
    if not spent or not at_once:
        return None
    hour = max(sorted(spent), key=lambda one: spent[one])
    return hour, spent[hour] / 3600 / at_once
