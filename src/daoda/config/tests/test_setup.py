"""Setting up: refused in words, readable by an old Python, instant the second time."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "setup.py"
Version = namedtuple("Version", "major minor micro")


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on an empty project of its own."""
    spec = importlib.util.spec_from_file_location("daoda_setup", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    locks = tmp_path / "requirements"
    locks.mkdir()
    for name in ("build", "run", "dev"):
        (locks / f"{name}.lock").write_text("flit-core==3.12.0\n")
    (tmp_path / "pyproject.toml").write_text("")
    for name, path in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "LOCKS": locks}.items():
        monkeypatch.setattr(module, name, path)
    return module


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 1), (3, 10, 9), (3, 15, 0)])
def test_a_python_we_were_not_tested_with_is_refused_in_words(
    setup: Any, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(sys, "version_info", Version(*version))
    monkeypatch.setattr(setup.shutil, "which", lambda name: name == "python3.12" or None)
    with pytest.raises(setup.CannotSetUp, match=r"3\.11 to 3\.14.*make PYTHON=python3\.12 run"):
        setup.check_python()


def test_a_missing_venv_module_names_the_package(
    setup: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(setup.CannotSetUp, match="apt-get install python3-venv"):
        setup.make_venv()


def test_the_stamp_holds_until_a_lock_changes(setup: Any) -> None:
    setup.VENV.mkdir()
    assert not setup.is_installed("run")
    setup.stamp("dev").write_text(setup.fingerprint("dev"))
    assert setup.is_installed("dev")
    assert setup.is_installed("run"), "dev holds all that run needs"
    (setup.LOCKS / "dev.lock").write_text("flit-core==4.0.0\n")
    assert not setup.is_installed("run")


def test_a_failed_install_leaves_no_stamp(setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.VENV.mkdir()
    monkeypatch.setattr(setup, "venv_python", lambda: Path("/bin/false"))
    with pytest.raises(setup.CannotSetUp, match="pip could not install"):
        setup.install("run")
    assert not setup.is_installed("run")
