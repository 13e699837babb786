"""The docs name files and functions that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "daoda"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")
# Paths in code marks, as the docs write them: from the root, or from the source.
PATH = re.compile(r"`(?P<path>[a-z_]+/[a-z0-9_.]+(?:/[a-z0-9_.]*)*)`")
CALL = re.compile(r"`(?:(?P<module>[a-z_.]+)\.)?(?P<name>[a-z_]+)\(\)?[^`]*`")


def _names(pages: list[Path]) -> list[str]:
    return [page.relative_to(ROOT).as_posix() for page in pages]


@pytest.mark.parametrize("name", _names(PAGES))
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    dead = [target for target in targets if not (page.parent / target).exists()]
    assert not dead


@pytest.mark.parametrize("name", _names(PAGES))
def test_every_path_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    dead = [
        path
        for path in PATH.findall(text)
        if not any((base / path).exists() for base in (ROOT, SOURCE, SOURCE.parent))
    ]
    assert not dead


@pytest.mark.parametrize("name", _names(PAGES))
def test_every_function_is_there(name: str) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    calls = {match["name"] for match in CALL.finditer((ROOT / name).read_text("utf-8"))}
    dead = [call for call in sorted(calls) if not re.search(rf"\b(def|class) {call}\b", code)]
    assert not dead


def test_every_page_that_code_points_to_is_there() -> None:
    named = {
        name
        for path in [*SOURCE.rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
        if "tests" not in path.parts
        for name in re.findall(r"docs/[\w/.-]*\w", path.read_text(encoding="utf-8"))
    }
    dead = [name for name in sorted(named) if not list(ROOT.glob(f"{name}*"))]
    assert not dead


def test_every_setting_is_described() -> None:
    page = (ROOT / "docs" / "operating" / "settings.md").read_text(encoding="utf-8")
    read = {
        name
        for path in SOURCE.rglob("*.py")
        if "tests" not in path.parts
        for name in re.findall(r'"(DAODA_[A-Z_]*[A-Z])"', path.read_text(encoding="utf-8"))
    }
    assert not {name for name in read if f"`{name}`" not in page}
