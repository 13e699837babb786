"""A day as somebody wrote it down, read into values or refused place by place.

The stored form is JSON; every number has a lowest and a highest value, so that no day can ask
for more than a machine can play. Times of day are minutes after midnight where the shop is.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

DAY_MINUTES = 24 * 60
CURVE_ROWS_MAX = 48
PER_MINUTE_MAX = 20_000
MIX_PARTS_MAX = 200
QUANTITY_MAX = 1_000
SPREAD_S_MAX = 7 * 86_400
AT_ONCE_MAX = 1_000
RESTOCK_CODES_MAX = 100_000
ONE_IN_MAX = 1_000
SEED_MAX = 2**31 - 1
# What one run may play, and what it may stand for: beyond it a day would outlast its own date.
PLAYED_MAX = 60_000
ORDERS_MAX = 5_000_000
YEARS = (2020, 2100)
CREWS = ("agents", "supplier")
_ID = re.compile("[0-9a-f]{32}")


class BadDay(ValueError):
    """The day cannot be played. ``problems``: what is wrong, as a code, by its place.

    Codes: missing, unknown, not_a_number, not_whole, too_small, too_large, not_a_time,
    not_a_date, not_rising, empty, too_many, twice, not_an_id.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{place or 'day'}: {code}" for place, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Stretch:
    """From this minute of the day on, so many orders arrive per minute on average."""

    starts: int
    per_minute: float


@dataclass(frozen=True)
class Part:
    """One variant of the mix; shares are beside each other, their sum is of no matter."""

    variant_id: uuid.UUID
    share: float
    quantity: int


@dataclass(frozen=True)
class Spread:
    """How long something takes: half within ``median_s``, nine of ten within ``p90_s``."""

    median_s: float
    p90_s: float


@dataclass(frozen=True)
class Paying:
    """Which share of buyers pays, how long after ordering, and how long the notice takes then."""

    share: float
    takes: Spread
    notice: Spread


@dataclass(frozen=True)
class Crew:
    """People who deliver by hand: how many orders at once, how long each takes, from when to when.

    ``starts`` and ``ends`` are minutes of the day; whoever is at an order then finishes it.
    """

    name: str
    at_once: int
    takes: Spread
    starts: int
    ends: int


@dataclass(frozen=True)
class Restock:
    """What a supplier sends once a shelf is found empty: ``codes`` after ``after_s``, 0 nothing."""

    after_s: float
    codes: int


@dataclass(frozen=True)
class Day:
    """A day to be played. ``one_in``: of the orders served from the shelf only one in so many is

    played and stands for the others; orders that people deliver are played every one.
    """

    on: date
    curve: tuple[Stretch, ...]
    ends: int
    mix: tuple[Part, ...]
    paying: Paying
    agents: Crew
    supplier: Crew
    restock: Restock
    one_in: int
    seed: int

    @property
    def orders(self) -> float:
        """How many orders are to be expected."""
        ends = [stretch.starts for stretch in self.curve[1:]] + [self.ends]
        return sum(
            stretch.per_minute * (end - stretch.starts)
            for stretch, end in zip(self.curve, ends, strict=True)
        )


def clock_text(minute: int) -> str:
    """A minute of the day as it is written: 20:05, and 24:00 for its end."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_day(raw: object) -> Day:
    """The day from its stored form. Raises BadDay with everything that is wrong with it."""
    reader = _Reader()
    whole = reader.table("", raw, {*_REQUIRED, "one_in", "seed"}, _REQUIRED)
    curve = reader.curve(whole.get("curve"))
    ends = reader.minute("ends", whole.get("ends"))
    if curve and ends <= curve[-1].starts:
        reader.wrong("ends", "not_rising")
    day = Day(
        on=reader.day("date", whole.get("date")),
        curve=curve,
        ends=ends,
        mix=reader.mix(whole.get("mix")),
        paying=reader.paying(whole.get("paying")),
        agents=reader.crew("agents", whole.get("agents")),
        supplier=reader.crew("supplier", whole.get("supplier")),
        restock=reader.restock(whole.get("restock")),
        one_in=int(reader.number("one_in", whole.get("one_in", 1), 1, ONE_IN_MAX, whole=True)),
        seed=int(reader.number("seed", whole.get("seed", 1), 0, SEED_MAX, whole=True)),
    )
    if not reader.problems and day.orders < 1:
        reader.wrong("curve", "empty")
    if not reader.problems and day.orders > ORDERS_MAX:
        reader.wrong("curve", "too_many")
    if not reader.problems and day.orders / day.one_in > PLAYED_MAX:
        reader.wrong("one_in", "too_small")
    if reader.problems:
        raise BadDay(reader.problems)
    return day


_REQUIRED = ("date", "curve", "ends", "mix", "paying", "agents", "supplier", "restock")


class _Reader:
    """Reads on where something is wrong, so that everything wrong is told at once."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def wrong(self, place: str, code: str) -> None:
        """Note the first thing that is wrong at a place."""
        self.problems.setdefault(place, code)

    def table(
        self, place: str, raw: object, known: set[str], required: tuple[str, ...]
    ) -> Mapping[str, object]:
        """An object with these names and no others."""
        if not isinstance(raw, Mapping):
            self.wrong(place, "missing")
            return {}
        beside = f"{place}." if place else ""
        for name in raw:
            if name not in known:
                self.wrong(f"{beside}{str(name)[:40]}", "unknown")
        for name in required:
            if name not in raw:
                self.wrong(f"{beside}{name}", "missing")
        return raw

    def rows(self, place: str, raw: object, rows_max: int) -> list[object]:
        """A list that holds something, and not too much of it."""
        if not isinstance(raw, list) or not raw:
            self.wrong(place, "empty")
            return []
        if len(raw) > rows_max:
            self.wrong(place, "too_many")
        return raw[:rows_max]

    def number(
        self, place: str, raw: object, low: float, high: float, *, whole: bool = False
    ) -> float:
        """A number from ``low`` to ``high``; ``low`` where it is none."""
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            self.wrong(place, "not_a_number")
            return low
        if not low <= raw <= high:  # false for what is not a number as well
            small, large = raw < low, raw > high
            self.wrong(place, "too_small" if small else "too_large" if large else "not_a_number")
            return low
        if whole and raw != math.floor(raw):
            self.wrong(place, "not_whole")
            return low
        return raw

    def minute(self, place: str, raw: object) -> int:
        """A time of day as its minute; 24:00 is the end of the day."""
        text = raw if isinstance(raw, str) else ""
        hours, _sep, minutes = text.partition(":")
        if not (_two_digits(hours) and _two_digits(minutes)) or len(minutes) != 2:
            self.wrong(place, "not_a_time")
            return 0
        at = int(hours) * 60 + int(minutes)
        if int(minutes) > 59 or at > DAY_MINUTES:
            self.wrong(place, "not_a_time")
            return 0
        return at

    def day(self, place: str, raw: object) -> date:
        """A date within a human life."""
        first, last = YEARS
        try:
            found = date.fromisoformat(raw if isinstance(raw, str) else "")
        except ValueError:
            found = date.min
        if not first <= found.year < last:
            self.wrong(place, "not_a_date")
        return found

    def curve(self, raw: object) -> tuple[Stretch, ...]:
        """The stretches of the day, each beginning after the one before it."""
        found: list[Stretch] = []
        for number, row in enumerate(self.rows("curve", raw, CURVE_ROWS_MAX)):
            place = f"curve.{number}"
            table = self.table(place, row, {"from", "per_minute"}, ("from", "per_minute"))
            starts = self.minute(f"{place}.from", table.get("from"))
            rate = self.number(f"{place}.per_minute", table.get("per_minute"), 0, PER_MINUTE_MAX)
            if found and starts <= found[-1].starts:
                self.wrong(f"{place}.from", "not_rising")
            found.append(Stretch(starts, rate))
        return tuple(found)

    def mix(self, raw: object) -> tuple[Part, ...]:
        """What is ordered; a variant stands in it once."""
        found: list[Part] = []
        for number, row in enumerate(self.rows("mix", raw, MIX_PARTS_MAX)):
            place = f"mix.{number}"
            table = self.table(place, row, {"variant", "share", "quantity"}, ("variant", "share"))
            variant_id = self.identifier(f"{place}.variant", table.get("variant"))
            if variant_id in {part.variant_id for part in found}:
                self.wrong(f"{place}.variant", "twice")
            share = self.number(f"{place}.share", table.get("share"), 0, 1e6)
            quantity = table.get("quantity", 1)
            pieces = self.number(f"{place}.quantity", quantity, 1, QUANTITY_MAX, whole=True)
            found.append(Part(variant_id, share, int(pieces)))
        if found and not any(part.share > 0 for part in found):
            self.wrong("mix", "empty")
        return tuple(found)

    def identifier(self, place: str, raw: object) -> uuid.UUID:
        """An id as programs write it: 32 hex characters."""
        if isinstance(raw, str) and _ID.fullmatch(raw):
            return uuid.UUID(raw)
        self.wrong(place, "not_an_id")
        return uuid.UUID(int=0)

    def spread(self, place: str, raw: object) -> Spread:
        """Two times, the second not the shorter one."""
        table = self.table(place, raw, {"median_s", "p90_s"}, ("median_s", "p90_s"))
        median_s = self.number(f"{place}.median_s", table.get("median_s"), 0.1, SPREAD_S_MAX)
        p90_s = self.number(f"{place}.p90_s", table.get("p90_s"), 0.1, SPREAD_S_MAX)
        if p90_s < median_s:
            self.wrong(f"{place}.p90_s", "too_small")
        return Spread(median_s, max(p90_s, median_s))

    def paying(self, raw: object) -> Paying:
        """How buyers pay."""
        table = self.table("paying", raw, set(_PAYING), _PAYING)
        return Paying(
            self.number("paying.share", table.get("share"), 0, 1),
            self.spread("paying.takes", table.get("takes")),
            self.spread("paying.notice", table.get("notice")),
        )

    def crew(self, name: str, raw: object) -> Crew:
        """Those who deliver by hand."""
        table = self.table(name, raw, set(_CREW), _CREW)
        starts = self.minute(f"{name}.starts", table.get("starts"))
        ends = self.minute(f"{name}.ends", table.get("ends"))
        if ends <= starts:
            self.wrong(f"{name}.ends", "not_rising")
        at_once = self.number(f"{name}.at_once", table.get("at_once"), 0, AT_ONCE_MAX, whole=True)
        return Crew(
            name, int(at_once), self.spread(f"{name}.takes", table.get("takes")), starts, ends
        )

    def restock(self, raw: object) -> Restock:
        """What comes when a shelf is empty."""
        table = self.table("restock", raw, {"after_s", "codes"}, ("after_s", "codes"))
        after_s = self.number("restock.after_s", table.get("after_s"), 0, SPREAD_S_MAX)
        codes = table.get("codes")
        return Restock(
            after_s, int(self.number("restock.codes", codes, 0, RESTOCK_CODES_MAX, whole=True))
        )


_PAYING = ("share", "takes", "notice")
_CREW = ("at_once", "takes", "starts", "ends")


def _two_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2
