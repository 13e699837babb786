"""The buyers of a day: who comes when, wants what, pays after how long. All of it follows from

the seed, in one order of throws, so that the same day is the same day again.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from daoda.watch.rehearsals.rules import Day, Spread

# By how many standard deviations nine of ten lie below, in a normal distribution.
_P90 = 1.2815515655446004
_SPREAD_S_MAX = 30 * 86_400.0


@dataclass(frozen=True)
class Arrival:
    """One buyer. Times in seconds: ``at_s`` after the day's midnight, in whole milliseconds and

    no two alike; ``pays_s`` how long after ordering she pays, None never, and ``told_s`` how long
    after that the notice comes; ``work_s`` what a person needs to deliver it; ``stands_for`` how
    many buyers she is.
    """

    number: int
    at_s: float
    variant_id: uuid.UUID
    quantity: int
    pays_s: float | None
    told_s: float
    work_s: float
    stands_for: int


def arrivals(day: Day, crews: Mapping[uuid.UUID, str]) -> Iterator[Arrival]:
    """Everybody who comes, in order. ``crews`` names who delivers a variant, empty the shelf.

    Of those who are served from the shelf one in ``day.one_in`` is played.
    """
    dice = Random(day.seed)
    parts = [part for part in day.mix if part.share > 0]
    weights = list(accumulate(part.share for part in parts))
    takes = {"agents": day.agents.takes, "supplier": day.supplier.takes}
    number = 0
    for at_ms in _moments(day, dice):
        part = dice.choices(parts, cum_weights=weights)[0]
        crew = crews[part.variant_id]
        pays = dice.random() < day.paying.share
        pays_s, told_s = drawn(day.paying.takes, dice), drawn(day.paying.notice, dice)
        work_s = drawn(takes.get(crew, day.agents.takes), dice)
        played = bool(crew) or dice.random() * day.one_in < 1
        if not played:
            continue
        yield Arrival(
            number, at_ms / 1000, part.variant_id, part.quantity, pays_s if pays else None,
            told_s, work_s, 1 if crew else day.one_in,
        )  # fmt: skip
        number += 1


def drawn(spread: Spread, dice: Random) -> float:
    """One length of time out of a spread, in seconds: log-normal, and never beyond a month."""
    sigma = math.log(spread.p90_s / spread.median_s) / _P90
    return min(_SPREAD_S_MAX, spread.median_s * math.exp(sigma * dice.gauss(0.0, 1.0)))


def _moments(day: Day, dice: Random) -> Iterator[int]:
    """When somebody comes: as by chance within each stretch, at its average."""
    last = -1
    ends = [stretch.starts for stretch in day.curve[1:]] + [day.ends]
    for stretch, end in zip(day.curve, ends, strict=True):
        at_ms = stretch.starts * 60_000.0
        while stretch.per_minute > 0:
            at_ms += dice.expovariate(stretch.per_minute) * 60_000
            if at_ms >= end * 60_000:
                break
            # One order a millisecond: ids are made of it, and with it the order of all claims.
            last = max(last + 1, int(at_ms))
            yield last
