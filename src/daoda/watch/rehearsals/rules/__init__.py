"""What a day is made of, and which days cannot be played: plain values, no database."""

from daoda.watch.rehearsals.rules.days import (
    CREWS,
    CURVE_ROWS_MAX,
    DAY_MINUTES,
    PLAYED_MAX,
    SEED_MAX,
    BadDay,
    Crew,
    Day,
    Part,
    Paying,
    Restock,
    Spread,
    Stretch,
    clock_text,
    read_day,
)
from daoda.watch.rehearsals.rules.presets import PRESETS, preset

__all__ = [
    "CREWS",
    "CURVE_ROWS_MAX",
    "DAY_MINUTES",
    "PLAYED_MAX",
    "PRESETS",
    "SEED_MAX",
    "BadDay",
    "Crew",
    "Day",
    "Part",
    "Paying",
    "Restock",
    "Spread",
    "Stretch",
    "clock_text",
    "preset",
    "read_day",
]
