"""Every command answers in words and with a status; never with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daoda.kit import crypto


def _daoda(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")
    }
    return subprocess.run(
        [sys.executable, "-m", "daoda.config.cli", *words],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_help_names_every_command_and_what_it_does() -> None:
    shown = _daoda("--help")
    assert shown.returncode == 0
    for name in ("up", "web", "worker", "migrate", "demo", "doctor", "undated", "states"):
        assert f"\n    {name} " in shown.stdout
    assert "run everything" in shown.stdout


@pytest.mark.parametrize(
    ("command", "variables", "words"),
    [
        ("web", {}, "no database to work with"),
        ("worker", {}, "no database to work with"),
        ("doctor", {}, "no database in"),
        ("undated", {}, "no database in"),
        ("up", {"DAODA_PORT": "many"}, "DAODA_PORT must be a whole number"),
        ("undated", {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "cannot be reached"),
        ("migrate", {"DATABASE_URL": "mysql://somewhere/else"}, "must begin with postgresql://"),
    ],
)
def test_what_is_missing_is_said_in_words(
    tmp_path: Path, command: str, variables: dict[str, str], words: str
) -> None:
    ended = _daoda(command, DAODA_DATA=str(tmp_path / "data"), **variables)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert ended.stderr.count("\n") == 1


def test_the_loops_of_the_worker_can_be_listed() -> None:
    shown = _daoda("worker", "--list")
    assert shown.returncode == 0, shown.stderr


def test_doctor_finds_a_migrated_database_in_order(process_env: dict[str, str]) -> None:
    ended = _daoda("doctor", **process_env)
    assert "BAD" not in ended.stdout
    assert "cannot change history" in ended.stdout
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_doctor_refuses_a_trial_as_a_deployment(process_env: dict[str, str]) -> None:
    ended = _daoda("doctor", "--deploy", **process_env)
    assert ended.returncode == 1
    for words in ("address: https", "hosts: named", "passwords: argon2", "backup: copy the key"):
        assert [line for line in ended.stdout.splitlines() if words in line and line[:3] == "BAD"]


def test_doctor_lets_a_sound_deployment_pass(process_env: dict[str, str], tmp_path: Path) -> None:
    backup = tmp_path / "keys.copy"
    backup.write_text(Path(process_env["DAODA_KEYS"]).read_text())
    sound = {
        "DAODA_BASE_URL": "https://shop.example",
        "DAODA_HOSTS": "shop.example",
        "DAODA_CHEAP_PASSWORDS": "0",
        "DAODA_KEYS_BACKUP": str(backup),
    }
    ended = _daoda("doctor", "--deploy", **(process_env | sound))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_keys_are_rotated_by_a_command_that_says_what_is_left_to_do(tmp_path: Path) -> None:
    ring = tmp_path / "keys.json"
    crypto.ensure_keyring(ring)
    ended = _daoda("rotate-keys", DAODA_KEYS=str(ring))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ring.read_text())["newest"] == "k2"
    for words in ("k2", "Back the file up", "Restart web and worker"):
        assert words in ended.stdout
    inline = _daoda("rotate-keys", DAODA_KEYS=ring.read_text())
    assert inline.returncode == 1
    assert "write it to a file" in inline.stderr


def test_migrating_again_changes_nothing(process_env: dict[str, str]) -> None:
    ended = _daoda("migrate", **process_env)
    assert ended.returncode == 0, ended.stderr
    assert "No migrations to apply" in ended.stdout
    assert "never change what is there" in ended.stdout
