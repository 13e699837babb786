"""``python -m daoda.proving.bench [ITEM ...]``: measure, print, and keep the figures."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from daoda.proving.bench import conditions, place, results

ITEMS = (
    "delivery", "flat", "snapshot", "burst", "sustained", "live", "dates", "pages",
)  # fmt: skip
SIZES = ("smoke", "try", "bench", "full")


def main() -> None:
    """Measure the items asked for, one after the other in one cluster."""
    parser = argparse.ArgumentParser(prog="daoda.proving.bench")
    parser.add_argument("items", nargs="*", metavar="ITEM", help=f"of {', '.join(ITEMS)} (all)")
    parser.add_argument("--size", choices=SIZES, default="bench", help="how much of it (bench)")
    parser.add_argument(
        "--folder", type=Path, help="keep what is built here; the same command goes on"
    )
    parser.add_argument(
        "--results", type=Path, default=Path("benchmarks"), help="where figures are kept"
    )
    asked = parser.parse_args()
    if unknown := set(asked.items) - set(ITEMS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(ITEMS)}")
    began = monotonic()
    with place.opened(asked.folder, quick=asked.size == "smoke") as mould:
        for name in asked.items or ITEMS:
            _measure(name, mould, asked)
    print(f"\n{monotonic() - began:.0f} s in all")


def _measure(name: str, mould: place.Place, asked: argparse.Namespace) -> None:
    item: Any = import_module(f"daoda.proving.bench.{name}")
    print(f"\n## {item.TITLE} ({name}, {asked.size})", flush=True)
    under = conditions.taken(mould)
    kept = asked.folder and asked.folder / f"steps-{asked.size}-{name}.json"
    steps = results.Steps(kept or None)
    began = monotonic()
    figures = item.measure(mould, item.SIZES[asked.size], steps)
    under |= {"load_after": round(os.getloadavg()[0], 2), "took_s": round(monotonic() - began)}
    goals = item.goals_of(figures)
    file = results.file_of(asked.results, asked.size, name)
    results.keep(file, name, under, figures, goals)
    steps.forget()
    print(f"\n{item.table_of(figures)}\n\n{results.goal_table(goals)}\n")
    print(f"Conditions: {results.condition_line(under)}.\nKept in {file}.", flush=True)


if __name__ == "__main__":
    main()
