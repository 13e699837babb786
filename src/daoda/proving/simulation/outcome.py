"""What came of a day: counted, judged, and said as keys and numbers that pages put into words.

The same day with the same seed has the same outcome, but for ``machine``: that is what this
machine took for it.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from daoda.proving.simulation import asking, crew
from daoda.proving.simulation.asking import Ended
from daoda.proving.simulation.blueprint import Sold
from daoda.proving.simulation.playing import Player, RanOut, Seen
from daoda.watch.rehearsals.rules import CREWS, Day

VERSION = 1
_LESS = ("late_money", "open")


def tell(player: Player, day: Day) -> dict[str, Any]:
    """The outcome of a played day, from what was seen and from the rows of the copy."""
    seen, dates = player.seen, asking.dates(player.one_in)
    crews = [_crew(name, player, dates) for name in CREWS if seen.jobs[name]]
    ran_out = _ran_out(seen.ran_out, player.sold)
    return {
        "version": VERSION,
        "seed": day.seed,
        "one_in": day.one_in,
        "begins": player.midnight.isoformat(),
        "ends": player.ends_at.isoformat(),
        "ran_until": _text(seen.ended_at),
        "orders": _orders(seen, player.one_in),
        "refused": dict(sorted(seen.refused.items())),
        "dates": _dates(dates),
        "waits": _waits(),
        "series": _series(player, dates),
        "ran_out": ran_out,
        "crews": crews,
        "sticks": _sticks(player, dates, crews, ran_out),
    }


def _orders(seen: Seen, one_in: int) -> dict[str, int]:
    counted = asking.orders(one_in)
    by_state: Counter[str] = Counter()
    for one in counted:
        by_state[one.state] += one.orders
    closed = ("delivered", "expired", "cancelled", "refunded")
    return {
        "wanted": sum(seen.wanted.values()),
        "refused": sum(seen.refused.values()),
        "placed": sum(by_state.values()),
        "paid": sum(one.orders for one in counted if one.paid),
        "delivered": by_state["delivered"],
        "expired": by_state["expired"],
        "open": sum(orders for state, orders in by_state.items() if state not in closed),
        "played": sum(one.played for one in counted) + len_refused(seen, one_in),
    }


def len_refused(seen: Seen, one_in: int) -> int:
    """How many buyers came and were sent away, of those that were played."""
    return seen.arrived - sum(one.played for one in asking.orders(one_in))


def _dates(dates: Sequence[Ended]) -> dict[str, Any]:
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for date in dates:
        places[date.place][date.how] += date.stands_for
    whole: Counter[str] = Counter()
    for counted in places.values():
        whole += counted
    return {
        **{how: whole[how] for how in ("kept", "broken", "superseded", "standing")},
        "places": {place: dict(sorted(found.items())) for place, found in sorted(places.items())},
    }


def _waits() -> dict[str, Any]:
    by_via: dict[str, list[float]] = defaultdict(list)
    for via, seconds in asking.waits():
        by_via[via].append(seconds)
    return {via: _spread(sorted_s) for via, sorted_s in by_via.items()}


def _spread(sorted_s: Sequence[float]) -> dict[str, float]:
    def at(share: float) -> float:
        return round(sorted_s[min(len(sorted_s) - 1, int(share * len(sorted_s)))], 1)

    return {"p50_s": at(0.5), "p99_s": at(0.99), "longest_s": round(sorted_s[-1], 1)}


def _series(player: Player, dates: Iterable[Ended]) -> dict[str, Any]:
    """What waited where at the end of each minute, and what happened in it."""
    queues = player.seen.queues
    last = max([*queues, *player.seen.wanted, 0])
    first = min([*player.seen.wanted, last])
    minutes = range(first, last + 1)
    places = sorted({place for waiting in queues.values() for place in waiting})
    broken: Counter[int] = Counter()
    for date in dates:
        if date.how == "broken" and date.at is not None:
            broken[player.minute(date.at)] += date.stands_for
    return {
        "first_minute": first,
        "wanted": [player.seen.wanted[minute] for minute in minutes],
        "broken": [broken[minute] for minute in minutes],
        "queues": {
            place: [queues.get(minute, {}).get(place, 0) for minute in minutes] for place in places
        },
    }


def _ran_out(found: Mapping[uuid.UUID, RanOut], sold: Mapping[uuid.UUID, Sold]) -> list[Any]:
    rows = [
        {
            "variant": variant_id.hex, "name": sold[variant_id].name, "at": one.at.isoformat(),
            "orders": one.refused, "codes": one.missing,
        }
        for variant_id, one in found.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["at"], row["variant"]))


def _crew(name: str, player: Player, dates: Iterable[Ended]) -> dict[str, Any]:
    queue, jobs = player.queues[name], player.seen.jobs[name]
    late = [date for date in dates if date.place == name and date.how == "broken"]
    busiest = crew.busiest_hour(queue.worked, at_once=queue.at_once)
    lengths = {m: waiting.get(name, 0) for m, waiting in player.seen.queues.items()}
    longest = max(lengths, key=lambda minute: (lengths[minute], -minute), default=None)
    mean_s = sum(job.work_s for job in jobs) / len(jobs)
    enough, anyway = queue.at_once, 0
    if late:
        enough, anyway = crew.enough(jobs, at_once=queue.at_once, hours=queue.hours)
    return {
        "crew": name,
        "at_once": queue.at_once,
        "orders": len(jobs),
        "broken": len(late),
        "first_broken": _text(late[0].at) if late else None,
        "enough": enough,
        "broken_anyway": anyway,
        "busiest_hour": _text(busiest[0]) if busiest else None,
        "busy_share": round(min(1.0, busiest[1]), 3) if busiest else 0.0,
        "longest": lengths[longest] if longest is not None else 0,
        "longest_minute": longest,
        "an_hour": int(queue.at_once * 3600 / mean_s),
    }


def _sticks(
    player: Player, dates: Iterable[Ended], crews: Iterable[Mapping[str, Any]], ran_out: list[Any]
) -> list[dict[str, Any]]:
    """Everything it stuck at, first things first; what cost nobody her date comes last."""
    found: list[dict[str, Any]] = [{"what": "shelf", **row} for row in ran_out]
    found += [
        {"what": "crew", "at": row["first_broken"], **row} for row in crews if row["first_broken"]
    ]
    places = set(CREWS) | {"payment"}
    elsewhere: dict[str, list[Ended]] = defaultdict(list)
    for date in dates:
        if date.how == "broken" and date.place not in places and date.at is not None:
            elsewhere[date.place].append(date)
    for place, broken in elsewhere.items():
        orders = sum(date.stands_for for date in broken)
        found.append({"what": "dates", "at": _text(broken[0].at), "place": place, "orders": orders})
    first, orders = asking.late_money(player.one_in)
    if first is not None:
        found.append({"what": "late_money", "at": _text(first), "orders": orders})
    left = sum(date.stands_for for date in dates if date.how == "standing")
    if left:
        found.append({"what": "open", "at": _text(player.seen.ended_at), "orders": left})
    return sorted(found, key=lambda one: (one["what"] in _LESS, one["at"], one["what"]))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
