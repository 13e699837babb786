"""What an item found: figures, goals, tables, and the file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """What was asked for, what was reached, and whether that is enough."""

    asked: str
    reached: str
    held: bool


class Steps:
    """The parts of a long item, each done once: a stopped command goes on after the last one.

    Without a file nothing is remembered.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._done: Figures = {}
        if file is not None and file.exists():
            self._done = json.loads(file.read_text(encoding="utf-8"))

    def once(self, name: str, work: Callable[[], Any]) -> Any:
        """What the part of this name gave when it was first done."""
        if name not in self._done:
            print(f"  {name} ...", flush=True)
            self._done[name] = json.loads(json.dumps(work()))
            self._keep()
        return self._done[name]

    def forget(self) -> None:
        """The item is finished; the next time it begins anew."""
        self._done = {}
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _keep(self) -> None:
        if self._file is not None:
            unfinished = self._file.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(self._done, indent=1), encoding="utf-8")
            unfinished.rename(self._file)


def file_of(folder: Path, size: str, item: str) -> Path:
    """Where the figures of an item are kept."""
    return folder / size / f"{item}.json"


def keep(file: Path, item: str, conditions: Figures, figures: Figures, goals: list[Goal]) -> None:
    """Write the figures of an item, for the page and for comparison."""
    found = {
        "item": item,
        "conditions": conditions,
        "figures": figures,
        "goals": [asdict(goal) for goal in goals],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are figures."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(figure(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def figure(value: object) -> str:
    """A value as it is printed: thousands separated, no more digits than it deserves."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    return str(value)


def goal_table(goals: Iterable[Goal]) -> str:
    """The goals of an item beside what was reached."""
    rows = [(goal.asked, goal.reached, "reached" if goal.held else "**missed**") for goal in goals]
    return table(("goal", "found", ""), rows) if rows else ""


def condition_line(conditions: Figures) -> str:
    """All conditions in a line."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in conditions.items())


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
