"""The contracts cover every folder, so that a new one cannot stand outside them."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "daoda"
# Not floors of packages: one is flat, the two others import whatever they show and start.
WITHOUT_CONTRACT = {"kit", "config", "proving"}


def test_every_floor_with_several_packages_has_its_own_contract() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    covered = {
        contracts[name]["containers"].strip()
        for name in contracts.sections()
        if contracts[name].get("type") == "layers"
    }
    for floor in SOURCE.iterdir():
        packages = [p for p in floor.glob("*/__init__.py") if p.parent.name != "__pycache__"]
        if floor.name not in WITHOUT_CONTRACT and len(packages) > 1:
            assert f"daoda.{floor.name}" in covered, f"{floor.name} has no contract inside"


def test_every_layers_contract_is_exhaustive() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    for name in contracts.sections():
        if contracts[name].get("type") == "layers":
            assert contracts[name].get("exhaustive") == "True", name


def test_what_ships_does_not_lean_on_its_tests() -> None:
    leaning = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCE.rglob("*.py")
        if "tests" not in path.relative_to(SOURCE).parts
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import pytest", "from pytest", "from tests", "import tests"))
    ]
    assert not leaning
