"""``python -m daoda.proving.bench.page``: docs/benchmarks.md from the figures that are kept.

The words are in page.md beside this file; every figure in them is named, none is typed. An item
is shown in full size where that was measured, else as ``make bench`` measured it.
"""

from __future__ import annotations

import argparse
import json
from importlib import resources
from pathlib import Path
from typing import Any

from daoda.proving.bench import results
from daoda.proving.bench.items import ITEMS, item

PAGE = Path("docs/benchmarks.md")
SHOWN = ("full", "bench")
NOT_YET = "(not measured yet)"


class Missing:
    """A figure that was not taken: says so wherever the words name it."""

    def __getitem__(self, name: str) -> Missing:
        return self

    def __format__(self, spec: str) -> str:
        return NOT_YET


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="daoda.proving.bench.page")
    parser.add_argument("--results", type=Path, default=Path("benchmarks"))
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    asked.page.write_text(build(asked.results), encoding="utf-8")
    print(f"wrote {asked.page}")


def build(folder: Path) -> str:
    """The page, from the figures kept in a folder."""
    words = resources.files(__package__).joinpath("page.md").read_text(encoding="utf-8")
    return words.format_map({name: _found(folder, name) for name in ITEMS})


def _found(folder: Path, name: str) -> Any:
    for size in SHOWN:
        file = results.file_of(folder, size, name)
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            return {**found["figures"], "block": _block(name, size, found)}
    return Missing()


def _block(name: str, size: str, found: Any) -> str:
    measured = item(name)
    goals = [results.Goal(**goal) for goal in found["goals"]]
    conditions = results.condition_line(found["conditions"])
    command = "make bench" if size == "bench" else "make bench-full"
    return (
        f"{measured.table_of(found['figures'])}\n\n{results.goal_table(goals)}\n\n"
        f"<small>`{command} ITEM={name}`: {conditions}.</small>"
    )


if __name__ == "__main__":
    main()
