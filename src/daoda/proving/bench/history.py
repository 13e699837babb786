"""Delivered orders by the million, as a month of good business leaves them behind."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.place import Place
from daoda.proving.bench.seeding import Shelf

OVER = timedelta(days=30)
STEP_ORDERS = 50_000
TOLD_STEPS = 10


def build(place: Place, shelf: Shelf, behind: int, now: datetime) -> None:
    """Write what is missing of ``behind`` delivered orders, in steps that are remembered."""
    apart = OVER / behind
    starts = range(0, behind, STEP_ORDERS)
    with psycopg.connect(place.superuser_url, autocommit=True) as connection:
        done = {
            step
            for (step,) in connection.execute("SELECT step FROM bench.built WHERE part = 'history'")
        }
        for step, start in enumerate(starts):
            if step in done:
                continue
            count = min(STEP_ORDERS, behind - start)
            seeding.delivered(
                place, shelf, count, now - OVER + start * apart, apart=apart
            )  # fmt: skip
            connection.execute("INSERT INTO bench.built VALUES ('history', %s)", [step])
            if step % TOLD_STEPS == TOLD_STEPS - 1:
                print(f"  {start + count:,} of {behind:,} orders of history", flush=True)
    if len(done) < len(starts):
        place.settle_down()
