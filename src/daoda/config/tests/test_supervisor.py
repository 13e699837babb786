"""Children are kept running, stopped in order, and never outlive a killed parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import pytest

from daoda.config.supervisor import Child, Supervisor

T = TypeVar("T")
SLEEPER = "daoda.config.tests.sleeper"


@pytest.fixture
def supervise() -> Iterator[Callable[..., tuple[Supervisor, list[str]]]]:
    """Makes started supervisors and stops them when the test is over."""
    made: list[Supervisor] = []

    def start(*children: Child) -> tuple[Supervisor, list[str]]:
        said: list[str] = []
        supervisor = Supervisor(children, environment=os.environ, say=said.append)
        made.append(supervisor)
        supervisor.start()
        return supervisor, said

    yield start
    for supervisor in made:
        supervisor.stop()


def test_who_is_killed_is_started_again(
    supervise: Callable[..., tuple[Supervisor, list[str]]], tmp_path: Path
) -> None:
    note = tmp_path / "note"
    supervisor, said = supervise(Child("web", SLEEPER, [str(note)]))
    first = _until(lambda: _pids(note))[0]
    os.kill(first, signal.SIGKILL)

    def again() -> bool:
        supervisor.look()
        return len(_pids(note)) == 2

    _until(again)
    assert said == ["web was killed by signal 9: starting it again in 1 s"]


def test_who_keeps_failing_waits_longer_each_time(
    supervise: Callable[..., tuple[Supervisor, list[str]]], tmp_path: Path
) -> None:
    child = Child("web", SLEEPER, [str(tmp_path / "note"), "3"])
    supervisor, said = supervise(child)
    pauses = []
    for _ in range(3):
        _until(lambda: child.process is not None and child.process.poll() is not None)
        supervisor.look()
        pauses.append(child.due_at - monotonic())
        child.due_at = 0.0
        supervisor.look()
    assert pauses == sorted(pauses)
    assert 3.5 < pauses[2] <= 4.0
    assert "ended with status 3" in said[0]


def test_who_has_failed_for_days_is_still_started_again(
    supervise: Callable[..., tuple[Supervisor, list[str]]], tmp_path: Path
) -> None:
    child = Child("web", SLEEPER, [str(tmp_path / "note"), "3"], failures=5000)
    supervisor, said = supervise(child)
    _until(lambda: child.process is not None and child.process.poll() is not None)
    supervisor.look()
    assert said == ["web ended with status 3: starting it again in 30 s"]


def test_they_are_told_to_stop_one_after_the_other(
    supervise: Callable[..., tuple[Supervisor, list[str]]], tmp_path: Path
) -> None:
    notes = [tmp_path / "web", tmp_path / "worker"]
    supervisor, said = supervise(*(Child(note.name, SLEEPER, [str(note)]) for note in notes))
    _until(lambda: all(_pids(note) for note in notes))
    supervisor.stop()
    assert said == ["Stopping web ...", "Stopping worker ..."]
    assert all(note.read_text().endswith("told ") for note in notes)


def test_children_of_a_killed_parent_end_by_themselves(tmp_path: Path) -> None:
    note = tmp_path / "note"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os; from daoda.config.supervisor import Child, Supervisor;"
            f"s = Supervisor([Child('web', {SLEEPER!r}, [{str(note)!r}])],"
            " environment=os.environ, say=print); s.start(); s.watch()",
        ]
    )
    (child,) = _until(lambda: _pids(note))
    parent.kill()
    parent.wait()
    _until(lambda: "told" in note.read_text())
    _until(lambda: _gone(child))


def _pids(note: Path) -> list[int]:
    words = note.read_text().split() if note.exists() else []
    return [int(word) for word in words if word.isdecimal()]


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def _until(look: Callable[[], T]) -> T:
    ends_at = monotonic() + 20
    while not (seen := look()):
        assert monotonic() < ends_at, "nothing happened for 20 s"
        sleep(0.02)
    return seen
