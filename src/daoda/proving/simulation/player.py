"""``python -m daoda.proving.simulation.player FOLDER``: play the day that is written there.

A process of its own, because keys and settings are read once: it knows the copy and nothing of
the shop's database. ``input.json`` holds day and blueprint; what came of it is ``outcome.json``.
How far it is it says on standard output, a line of JSON at a time.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from daoda.proving.simulation import blueprint as blueprints
from daoda.proving.simulation import copying
from daoda.proving.simulation.buyers import Arrival, arrivals
from daoda.proving.simulation.crew import Hours, Queue
from daoda.watch.rehearsals.rules import CREWS, Day, read_day

if TYPE_CHECKING:
    from daoda.proving.simulation.playing import Player

SAY_EVERY_S = 0.5
OURS = ("DAODA_", "DATABASE_")


class Aloud:
    """Says how far it is, now and then."""

    def __init__(self, of: int) -> None:
        self._of, self._said = of, 0.0

    def __call__(self, arrived: int, at: datetime) -> None:
        if monotonic() - self._said > SAY_EVERY_S or arrived == self._of:
            self._said = monotonic()
            say("playing", done=arrived, of=self._of, at=at.isoformat())


def say(step: str, **more: Any) -> None:
    """One line on standard output, which whoever started us reads."""
    print(json.dumps({"step": step, **more}), flush=True)


def main() -> int:
    """Play what the folder holds."""
    place = Path(sys.argv[1])
    given = json.loads((place / "input.json").read_text(encoding="utf-8"))
    for variable in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[variable]
    blueprint, day = blueprints.from_json(given["blueprint"]), read_day(given["day"])
    prepared = Path(given["prepared"]) if given.get("prepared") else None
    started = perf_counter()
    say("copying")
    with copying.installed(place / "data", prepared) as superuser_url:
        outcome = play(day, blueprint, superuser_url, started)
    (place / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
    return 0


def play(
    day: Day, blueprint: blueprints.Blueprint, superuser_url: str, started: float
) -> dict[str, Any]:
    """Fill the copy, play the day in it, and judge what came of it."""
    from daoda.proving.simulation import outcome
    from daoda.records.shops.models import scope

    crews = {variant_id: sold.crew for variant_id, sold in blueprint.sold.items()}
    coming = list(arrivals(day, crews))
    midnight = midnight_of(day, blueprint)
    copying.build(blueprint, codes=_codes(blueprint, coming, day), now=midnight)
    copying.analyze(superuser_url)
    copied_s = perf_counter() - started
    with scope(blueprint.shop_id):
        player = _player(day, blueprint, superuser_url, midnight, Aloud(len(coming)))
        player.play(coming)
        told = outcome.tell(player, day)
    say("judging", done=len(coming), of=len(coming))
    told["laws"] = _laws(superuser_url)
    told["machine"] = {
        "copied_in_s": round(copied_s, 1),
        "took_s": round(perf_counter() - started, 1),
        "per_s": _pace(player),
        "busiest_minute": max(player.seen.wanted.values(), default=0),
    }
    return told


def midnight_of(day: Day, blueprint: blueprints.Blueprint) -> datetime:
    """When the day begins where the shop is."""
    return datetime.combine(day.on, time.min, ZoneInfo(blueprint.time_zone)).astimezone(UTC)


def _player(
    day: Day, blueprint: blueprints.Blueprint, superuser_url: str, midnight: datetime, hear: Aloud
) -> Player:
    from daoda.proving.simulation.acting import Shop
    from daoda.proving.simulation.playing import Player
    from daoda.trade.payments.models import Channel

    channels = list(Channel.objects.order_by("rank", "code"))
    queues = {
        crew.name: Queue(crew.at_once, Hours(midnight, crew.starts, crew.ends))
        for crew in (day.agents, day.supplier)
    }
    assert set(queues) == set(CREWS)
    return Player(
        shop=Shop(blueprint.shop_id, channels, Random(day.seed)),
        sold=blueprint.sold,
        queues=queues,
        restock=day.restock,
        midnight=midnight,
        ends_at=midnight + timedelta(minutes=day.ends),
        one_in=day.one_in,
        superuser_url=superuser_url,
        hear=hear,
    )


def _codes(
    blueprint: blueprints.Blueprint, coming: list[Arrival], day: Day
) -> dict[uuid.UUID, int]:
    """How many codes each shelf begins with: what there is, as far as anybody could want it."""
    wanted: Counter[uuid.UUID] = Counter()
    for arrival in coming:
        if not blueprint.sold[arrival.variant_id].crew:
            wanted[arrival.variant_id] += arrival.quantity
    return {
        variant_id: min(blueprint.sold[variant_id].available // day.one_in, wanted[variant_id])
        for variant_id in sorted(wanted)
    }


def _pace(player: Player) -> dict[str, float]:
    """What this machine does in a second with one process, by what it did."""
    shop = player.shop
    return {
        name: round(shop.did[name] / spent_s, 1)
        for name, spent_s in sorted(shop.spent_s.items())
        if spent_s and shop.did[name]
    }


def _laws(superuser_url: str) -> dict[str, Any]:
    import psycopg

    from daoda.proving import checker

    with psycopg.connect(superuser_url, autocommit=True) as connection:
        found = checker.findings(connection)
    return {"asked": len(checker.LAWS) + 1, "findings": [str(finding) for finding in found]}


if __name__ == "__main__":
    sys.exit(main())
