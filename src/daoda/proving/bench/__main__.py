"""``python -m daoda.proving.bench [ITEM ...]``: measure, print, and keep the figures."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path
from time import monotonic

from daoda.proving.bench import conditions, place, results
from daoda.proving.bench.items import ITEMS, SIZES, item

KEPT_SIZES = ("bench", "full")


def main() -> int:
    """Measure the items asked for, one after the other in one cluster; 1 when one failed."""
    asked = _asked()
    began, failed = monotonic(), []
    with place.opened(asked.folder, quick=asked.size == "smoke") as mould:
        for name in asked.items or ITEMS:
            try:
                _measure(name, mould, asked)
            except Exception:
                traceback.print_exc()
                failed.append(name)
    print(f"\n{monotonic() - began:.0f} s in all")
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="daoda.proving.bench")
    parser.add_argument("items", nargs="*", metavar="ITEM", help=f"of {', '.join(ITEMS)} (all)")
    parser.add_argument("--size", choices=SIZES, default="bench", help="how much of it (bench)")
    parser.add_argument(
        "--folder", type=Path, help="keep what is built here; the same command goes on"
    )
    parser.add_argument(
        "--results", type=Path, help="where figures are kept (benchmarks, of bench and full)"
    )
    asked = parser.parse_args()
    if unknown := set(asked.items) - set(ITEMS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(ITEMS)}")
    if asked.results is None and asked.size in KEPT_SIZES:
        asked.results = Path("benchmarks")
    return asked


def _measure(name: str, mould: place.Place, asked: argparse.Namespace) -> None:
    measured = item(name)
    print(f"\n## {measured.TITLE} ({name}, {asked.size})", flush=True)
    under = conditions.taken(mould)
    steps = results.Steps(asked.folder and asked.folder / f"steps-{asked.size}-{name}.json")
    began = monotonic()
    figures = measured.measure(mould, measured.SIZES[asked.size], steps)
    under |= {"load_after": round(os.getloadavg()[0], 2), "took_s": round(monotonic() - began)}
    steps.forget()
    goals = measured.goals_of(figures)
    print(f"\n{measured.table_of(figures)}\n\n{results.goal_table(goals)}\n")
    print(f"Conditions: {results.condition_line(under)}.", flush=True)
    if asked.results:
        file = results.file_of(asked.results, asked.size, name)
        results.keep(file, name, under, figures, goals)
        print(f"Kept in {file}.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
