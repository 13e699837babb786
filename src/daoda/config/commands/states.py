"""``daoda states``: draw every lifecycle of the house into docs/states.md.

The picture is made from the tables in ``states.py`` that the code and the database obey, so it
cannot tell another story; an architecture test fails when the page is not current.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from daoda.kit.states import Lifecycle

SOURCE = Path(__file__).resolve().parents[2]
PAGE = SOURCE.parents[1] / "docs" / "states.md"
FLOORS = ("records", "trade", "delivery", "care", "watch")
_HEAD = """\
# States

Drawn by `daoda states` from every `states.py`; do not edit. A state that leads to the end owes
nobody anything; every other one has an owner, a node and a promised time, by constraint.
"""


def run(options: argparse.Namespace) -> int:
    """Write the page of this checkout, or print it where there is none."""
    del options
    page = draw(lifecycles())
    if not PAGE.parent.is_dir():
        print(page, end="")
        return 0
    PAGE.write_text(page, encoding="utf-8")
    print(f"drew {len(lifecycles())} lifecycles into {PAGE}")
    return 0


def lifecycles() -> dict[str, Lifecycle]:
    """Every lifecycle of the house by its package, e.g. ``trade.orders``, in order of floors."""
    found: dict[str, Lifecycle] = {}
    for floor in FLOORS:
        for path in sorted((SOURCE / floor).glob("*/states.py")):
            package = f"{floor}.{path.parent.name}"
            for value in vars(import_module(f"daoda.{package}.states")).values():
                if isinstance(value, Lifecycle):
                    found[f"{package}: {value.name}"] = value
    return found


def draw(named: dict[str, Lifecycle]) -> str:
    """The page: a heading and a mermaid diagram for each lifecycle."""
    parts = [_HEAD]
    for title, lifecycle in named.items():
        parts.append(f"\n## {title}\n\n```mermaid\n{_diagram(lifecycle)}\n```\n")
    return "".join(parts)


def _diagram(lifecycle: Lifecycle) -> str:
    begun = {lifecycle.initial} | {s for s in lifecycle.states if not lifecycle.sources(s)}
    lines = ["stateDiagram-v2", *(f"    [*] --> {s}" for s in lifecycle.states if s in begun)]
    for state, targets in lifecycle.moves.items():
        lines += [f"    {state} --> {target}" for target in sorted(targets)]
        if state in lifecycle.closed:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines)
