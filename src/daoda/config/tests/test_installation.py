"""The data folder has one holder; keys are made once and never beside old data."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from daoda.config import environment, installation
from daoda.config.installation import AlreadyRunning, CannotGoOn
from daoda.config.postgres import ClusterProblem


def _settings(data: Path, monkeypatch: pytest.MonkeyPatch) -> environment.Environment:
    monkeypatch.delenv("DAODA_KEYS", raising=False)
    return environment.read({"DAODA_DATA": str(data)})


def test_a_second_holder_is_told_who_has_the_folder_and_where(tmp_path: Path) -> None:
    with (
        installation.hold(tmp_path, {"address": "http://127.0.0.1:8000"}),
        pytest.raises(AlreadyRunning, match=r"process \d+\) at http://127.0.0.1:8000"),
        installation.hold(tmp_path, {}),
    ):
        pytest.fail("two held it")
    with installation.hold(tmp_path, {}):
        pass


def test_a_data_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ClusterProblem, match="cannot be made"),
        installation.hold(tmp_path / "file" / "data", {}),
    ):
        pytest.fail("held a folder inside a file")


def test_the_first_run_makes_private_keys_and_the_second_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path, monkeypatch)
    assert installation.ensure_keys(settings, data_at=lambda: None)
    ring = tmp_path / "keys.json"
    made = ring.read_text()
    assert ring.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("DAODA_KEYS", str(ring))
    assert not installation.ensure_keys(settings, data_at=lambda: tmp_path)
    assert ring.read_text() == made


def test_new_keys_are_never_made_beside_old_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path, monkeypatch)
    with pytest.raises(CannotGoOn, match="Put it back from the backup"):
        installation.ensure_keys(settings, data_at=lambda: tmp_path)
    assert not (tmp_path / "keys.json").exists()


def test_keys_given_in_the_environment_are_not_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path, monkeypatch)
    installation.ensure_keys(settings, data_at=lambda: None)
    given = (tmp_path / "keys.json").read_text()
    (tmp_path / "keys.json").unlink()
    monkeypatch.setenv("DAODA_KEYS", json.dumps(json.loads(given)))
    assert not installation.ensure_keys(settings, data_at=lambda: tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_serving_without_a_database_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DAODA_DATA", str(tmp_path / "data"))
    with pytest.raises(CannotGoOn, match=r"set DATABASE_URL, or run  daoda up"):
        installation.use_running()
    with pytest.raises(CannotGoOn, match="no database in"), installation.opened():
        pytest.fail("opened nothing")


def test_who_serves_does_not_know_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAODA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://daoda_app@db/daoda")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://daoda_owner@db/daoda")
    installation.use_running()
    assert os.environ["DATABASE_URL"] == "postgresql://daoda_app@db/daoda"
    assert "DATABASE_OWNER_URL" not in os.environ
