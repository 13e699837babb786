"""An outcome for whoever sits at a terminal: how far it is, the table, the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation

from daoda.doors.web.operator.queries import rehearsals
from daoda.proving.simulation.running import Said

SAY_EVERY_S = 2.0


class Screen:
    """Says how far it is, now and then."""

    def __init__(self, screen: TextIO) -> None:
        self._screen, self._said, self._step = screen, 0.0, ""

    def __call__(self, said: Said) -> None:
        if said.step == self._step and monotonic() - self._said < SAY_EVERY_S:
            return
        self._step, self._said = said.step, monotonic()
        words = f"{said.step} {said.done:,} of {said.of:,}" if said.of else said.step
        print(f"  {words}", file=self._screen, flush=True)


def show(outcome: Mapping[str, Any], zone: str) -> None:
    """The table of an outcome, in English, times in the shop's zone."""
    with translation.override("en"), timezone.override(ZoneInfo(zone)):
        told = rehearsals.told(outcome)
    orders, dates = told.orders, told.dates
    print(f"\norders   {orders['wanted']:>8,} wanted   {orders['placed']:>8,} placed   "
          f"{orders['paid']:>8,} paid   {orders['delivered']:>8,} delivered")  # fmt: skip
    print(f"         {orders['refused']:>8,} refused  {orders['expired']:>8,} expired  "
          f"{orders['open']:>8,} open")  # fmt: skip
    print(f"dates    {dates['kept']:>8,} kept     {dates['broken']:>8,} broken   "
          f"({told.kept_percent}% kept)")  # fmt: skip
    for wait in told.waits:
        print(f"waits    {wait.name}: half within {wait.p50}, 99 of 100 within {wait.p99}, "
              f"the longest {wait.longest}")  # fmt: skip
    for crew in told.hands:
        busiest = f"{_local(crew.busiest, zone):%H:%M}" if crew.busiest else "never"
        print(f"people   {crew.name}: {crew.at_once} at once, {crew.orders:,} orders, busiest hour "
              f"{busiest} ({crew.busy_percent}%)")  # fmt: skip
    if told.one_in > 1:
        print(f"played   one in {told.one_in} of the orders from the shelf, each counted "
              f"{told.one_in} times")  # fmt: skip
    print(f"machine  {told.pace} {outcome['machine']['took_s']:.0f} s in all")
    findings = told.laws["findings"]
    print(f"laws     {told.laws['asked']} asked of the copy, {len(findings)} findings")
    for finding in findings[:10]:
        print(f"         {finding}")
    print("\nwhere it would stick, first things first:" if told.sticks else "\nit sticks nowhere")
    for one in told.sticks:
        print(f"  {_local(one.at, zone):%a %H:%M}  {one.says} {one.helps}")


def write(outcome: Mapping[str, Any], zone: str, *, day: Mapping[str, Any], folder: Path) -> None:
    """Day and outcome as JSON, and the picture as SVG, named after the day."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / f"{day['date']}-seed-{outcome['seed']}"
    whole = {"day": day, "outcome": outcome}
    base.with_suffix(".json").write_text(
        json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    base.with_suffix(".svg").write_text(picture(outcome, zone), encoding="utf-8")
    print(f"\n{base}.json\n{base}.svg")


def picture(outcome: Mapping[str, Any], zone: str) -> str:
    """The picture by itself, as a file one can open or print."""
    with translation.override("en"), timezone.override(ZoneInfo(zone)):
        told = rehearsals.told(outcome)
        return render_to_string(
            "web/operator/pieces/day_picture.svg.html", {"told": told, "alone": True}
        )


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))
