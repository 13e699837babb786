"""The items there are, in the order in which they are measured and shown."""

from __future__ import annotations

from importlib import import_module
from typing import Any

ITEMS = (
    "delivery", "flat", "snapshot", "burst", "sustained", "live", "dates", "pages",
    "pod", "calls",
)  # fmt: skip
# smoke: does it run; try: a quick look, some twenty seconds an item; bench: all within ten
# minutes; full: the sizes of the goals.
SIZES = ("smoke", "try", "bench", "full")


def item(name: str) -> Any:
    """The module of an item: TITLE, SIZES, measure, table_of, goals_of."""
    return import_module(f"daoda.proving.bench.{name}")
