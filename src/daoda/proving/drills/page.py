"""The table of ``docs/operating/drills.md``, made of the catalogue and the newest results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from daoda.proving.drills.catalogue import DRILLS

BEGIN, END = "<!-- made by daoda drill --page -->", "<!-- end -->"
_HEAD = ("Drill", "What happens", "Verdict", "Interruption", "Orders", "Seed")


def write(page: Path, results: Path) -> None:
    """Put the table between its marks. ValueError when the page has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the table")
    text = f"{before}{BEGIN}\n\n{table(newest(results))}\n\n{END}{after}"
    page.write_text(text, encoding="utf-8")


def newest(results: Path) -> dict[str, dict[str, Any]]:
    """The result that was written last, by the name of its drill."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(results.glob("*-*.json"), key=lambda one: one.stat().st_mtime):
        result = json.loads(path.read_text(encoding="utf-8"))
        found[result["drill"]] = result
    return found


def table(results: dict[str, dict[str, Any]]) -> str:
    """One line a drill, in the order of the catalogue."""
    lines = [_HEAD, ("---",) * len(_HEAD)]
    for drill in DRILLS:
        lines.append((f"`{drill.name}`", drill.words, *_ended(results.get(drill.name))))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ended(result: dict[str, Any] | None) -> tuple[str, str, str, str]:
    if result is None:
        return "not run", "", "", ""
    figures = result["figures"]
    interruption_s = figures.get("interruption_s", figures.get("silence_s"))
    said = "" if interruption_s is None else f"{interruption_s:.1f} s"
    return result["words"] or "all holds", said, f"{result['orders']:,}", str(result["seed"])
