"""Delivered orders by the million, as a month of good business leaves them behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg

from daoda.proving.bench import seeding
from daoda.proving.bench.place import Place
from daoda.proving.bench.seeding import Shelf

OVER = timedelta(days=30)
STEP_ORDERS = 50_000
TOLD_STEPS = 10


def build(place: Place, shelf: Shelf, behind: int, now: datetime) -> int:
    """Write what is missing of ``behind`` delivered orders, in steps that are remembered; the
    bytes on disk that each order takes with all its rows and indexes."""
    apart = OVER / behind
    starts = range(0, behind, STEP_ORDERS)
    # Not to be vacuumed over and over while it grows: nothing in it is dead.
    place.let_autovacuum(False)
    with psycopg.connect(place.superuser_url, autocommit=True) as connection:
        done = {step for (step,) in connection.execute("SELECT step FROM bench.built")}
        for step, start in enumerate(starts):
            if step in done:
                continue
            before, count = _bytes(connection), min(STEP_ORDERS, behind - start)
            seeding.delivered(place, shelf, count, now - OVER + start * apart, apart=apart)
            grown = _bytes(connection) - before
            connection.execute("INSERT INTO bench.built VALUES (%s, %s)", [step, grown])
            if step % TOLD_STEPS == TOLD_STEPS - 1:
                print(f"  {start + count:,} of {behind:,} orders of history", flush=True)
        row = connection.execute("SELECT sum(bytes)::bigint FROM bench.built").fetchone()
    if len(done) < len(starts):
        place.learn()
    place.let_autovacuum(True)
    return (row[0] if row else 0) // behind


def _bytes(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return row[0] if row else 0
