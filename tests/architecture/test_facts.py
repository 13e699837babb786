"""A package's first page names the facts it writes, all of them and no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "daoda"
FLOORS = ("records", "trade", "delivery", "care", "watch", "doors")
# A fact is a noun and what became of it: order.paid, person.erased.
KIND = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*")
WRITERS = {"write", "NewFact", "fact", "_fact", "_tell", "tell"}


def _packages() -> list[str]:
    return sorted(
        page.parent.relative_to(SOURCE).as_posix()
        for floor in FLOORS
        for page in (SOURCE / floor).glob("*/__init__.py")
    )


def written(package: str) -> set[str]:
    """The kinds of fact that the code of a package writes."""
    found: set[str] = set()
    for path in (SOURCE / package).rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts):
            found |= _kinds(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _kinds(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in WRITERS:
            values = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "kind")]
            for value in values:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value)
    return {kind for kind in found if KIND.fullmatch(kind)}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def documented(package: str) -> set[str]:
    """The kinds named after "Facts written:" on the package's page."""
    page = ast.get_docstring(ast.parse((SOURCE / package / "__init__.py").read_text("utf-8"))) or ""
    _, _, after = page.partition("Facts written:")
    told, _, _ = after.partition("Facts answered:")
    return set(KIND.findall(told))


@pytest.mark.parametrize("package", _packages())
def test_the_first_page_names_every_fact(package: str) -> None:
    assert documented(package) == written(package)
