"""A package's first page names the facts it writes, all of them and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "daoda"
FLOORS = ("records", "trade", "delivery", "care", "watch", "doors")
# A fact is a noun and what became of it: order.paid, person.erased.
KIND = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*")
# Modules that may write facts, and calls whose names look like kinds and are not.
WRITING = {"actions", "loops", "reactions", "jobs"}
OTHER_NAMES = {"point", "Loop", "NewTransfer", "load", "get_logger", "getLogger"}


def _packages() -> list[str]:
    return sorted(
        page.parent.relative_to(SOURCE).as_posix()
        for floor in FLOORS
        for page in (SOURCE / floor).glob("*/__init__.py")
    )


def written(package: str) -> set[str]:
    """The kinds of fact that the code of a package writes."""
    found: set[str] = set()
    for path in (SOURCE / package).rglob("*"):
        inside = path.relative_to(SOURCE / package)
        if path.suffix == ".sql":
            found |= set(re.findall(rf"'({KIND.pattern})'", path.read_text(encoding="utf-8")))
        elif path.suffix == ".py" and inside.parts[0].removesuffix(".py") in WRITING:
            found |= set(_kinds(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _kinds(node: ast.AST) -> Iterator[str]:
    """Texts of the shape of a kind, but for arguments of calls that name something else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if KIND.fullmatch(node.value):
            yield node.value
        return
    if isinstance(node, ast.Call) and _name(node.func) in OTHER_NAMES:
        return
    for child in ast.iter_child_nodes(node):
        yield from _kinds(child)


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
