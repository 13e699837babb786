"""A day chosen on the command line; its table on the screen, its files beside."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from daoda.config.installation import CannotGoOn
from daoda.watch.rehearsals import rules


def arguments(parser: argparse.ArgumentParser) -> None:
    """What one may say of the day."""
    results = Path(os.environ.get("DAODA_DATA", "data")) / "rehearsals"
    parser.add_argument(
        "preset", nargs="?", choices=rules.PRESETS, default="quiet", help="a day to begin with"
    )
    parser.add_argument("--day", type=Path, metavar="FILE", help="the whole day, as JSON")
    parser.add_argument("--show-day", action="store_true", help="print the day as JSON and end")
    parser.add_argument("--date", type=date.fromisoformat, help="which day (the coming Saturday)")
    parser.add_argument("--agents", type=int, help="how many people deliver by hand")
    parser.add_argument("--one-in", type=int, help="of orders from the shelf play one in so many")
    parser.add_argument("--seed", type=int, help="another throw of the same dice")
    parser.add_argument("--shop", metavar="SLUG", help="which shop, if there are several")
    parser.add_argument(
        "--results", type=Path, default=results, help=f"where SVG and JSON go ({results})"
    )


def main(options: argparse.Namespace) -> int:
    """Choose, play, show and write. Django is ready. Raises CannotGoOn."""
    from daoda.kit import clock
    from daoda.proving.simulation import blueprint, running, telling
    from daoda.records.shops.models import Shop, scope

    shop = _shop(Shop, options.shop)
    with scope(shop.pk):
        day = _chosen(options, clock.now().date())
    if options.show_day:
        print(json.dumps(day, indent=1, ensure_ascii=False))
        return 0
    try:
        read = rules.read_day(day)
    except rules.BadDay as problem:
        lines = [f"  {place or 'day'}: {code}" for place, code in problem.problems.items()]
        raise CannotGoOn("\n".join(["this day cannot be played:", *lines])) from None
    plan = blueprint.read(shop.pk, now=clock.now())
    if unknown := [part for part in read.mix if part.variant_id not in plan.sold]:
        raise CannotGoOn(f"this shop sells no variant {unknown[0].variant_id.hex}")
    print(f"{read.on}, about {read.orders:,.0f} orders, seed {read.seed}", flush=True)
    try:
        outcome = running.run(blueprint=plan, day=day, hear=telling.Screen(sys.stderr))
    except running.Broke as broke:
        raise CannotGoOn(f"the day could not be played to its end:\n{broke}") from None
    telling.show(outcome, plan.time_zone)
    telling.write(outcome, plan.time_zone, day=day, folder=options.results)
    return 1 if outcome["laws"]["findings"] else 0


def _shop(shops: Any, slug: str | None) -> Any:
    found = list(shops.objects.filter(slug=slug) if slug else shops.objects.all())
    if len(found) == 1:
        return found[0]
    known = ", ".join(shops.objects.values_list("slug", flat=True)) or "none"
    raise CannotGoOn(f"name the shop with --shop: {known}")


def _chosen(options: argparse.Namespace, today: date) -> dict[str, Any]:
    day: dict[str, Any]
    if options.day:
        try:
            day = json.loads(options.day.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise CannotGoOn(f"{options.day} cannot be read: {problem}") from None
        if not isinstance(day, dict):
            raise CannotGoOn(f"{options.day} holds no day: {type(day).__name__}")
    else:
        day = rules.preset(options.preset, on=_saturday(today), mix=_usual())
    if options.date:
        day["date"] = options.date.isoformat()
    if options.agents is not None and isinstance(day.get("agents"), dict):
        day["agents"]["at_once"] = options.agents
    for name in ("one_in", "seed"):
        if getattr(options, name) is not None:
            day[name] = getattr(options, name)
    return day


def _usual() -> list[dict[str, Any]]:
    from daoda.kit import clock
    from daoda.watch.rehearsals import queries

    usual = queries.usual_mix(now=clock.now())
    return [{"variant": one.hex, "share": share} for one, share in usual.items() if share]


def _saturday(today: date) -> date:
    return today + timedelta(days=(5 - today.weekday()) % 7 or 7)
