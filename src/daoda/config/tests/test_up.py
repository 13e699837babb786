"""The whole house by one command: started, refused twice, interrupted, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from daoda.config.postgres import OWNER_ROLE, Cluster
from daoda.config.tests import clusters

READY_S_MAX = 60.0

pytestmark = pytest.mark.slow


class House:
    """One installation with a data folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.data, self.log = folder / "data", folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.cluster = Cluster(self.data, say=lambda words: None)
        self.process: subprocess.Popen[bytes] | None = None

    def daoda(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*words),
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def up(self, *words: str) -> str:
        """Start and wait until it says that it is ready; what it said."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command("up", *words), env=self._environment(), stdout=log, stderr=log
            )
        ends_at = monotonic() + READY_S_MAX
        while "Daoda is ready" not in self.said():
            assert self.process.poll() is None, self.said()
            assert monotonic() < ends_at, self.said()
            sleep(0.05)
        return self.said()

    def end(self, by: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(60)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def answers(self, path: str = "/healthz") -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20).close()
        except OSError:
            return False
        return True

    def environments(self) -> list[bytes]:
        """What those processes of ours that it started were given."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [
            (Path("/proc") / child / "environ").read_bytes()
            for child in children
            if b"daoda.config.cli" in (Path("/proc") / child / "cmdline").read_bytes()
        ]

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "daoda.config.cli", *words]

    def _environment(self) -> dict[str, str]:
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DAODA_", "DATABASE_"))
        }
        return plain | {"DAODA_DATA": str(self.data), "DAODA_PORT": str(self.port)}


@pytest.fixture
def house() -> Iterator[House]:
    with clusters.folder() as folder:
        made = House(folder)
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.process.kill()
                made.process.wait()
            made.cluster.stop()


def test_it_starts_refuses_a_second_and_ends_cleanly(house: House) -> None:
    said = house.up()
    assert "New keys" in said
    assert f"http://127.0.0.1:{house.port}/" in said
    assert house.answers()

    served = house.environments()
    assert len(served) == 2
    assert all(b"DATABASE_URL=" in one and b"OWNER" not in one for one in served)

    second = house.daoda("up")
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert "Traceback" not in second.stderr
    assert house.answers(), "the refused one disturbs nothing"

    examined = house.daoda("doctor")
    assert examined.returncode == 0, examined.stdout + examined.stderr

    assert house.end(signal.SIGINT) == 0
    assert not house.answers()
    assert not house.cluster.running()
    assert house.said().rstrip().endswith("Stopping PostgreSQL ...")


def test_after_kill_9_it_starts_again_with_all_its_data(house: House) -> None:
    house.up()
    with psycopg.connect(house.cluster.url(OWNER_ROLE), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'before the kill' AS words")
    server = house.cluster.pid()
    house.end(signal.SIGKILL)

    said = house.up()
    assert house.cluster.pid() == server, "the database was taken over"
    assert "New keys" not in said
    with psycopg.connect(house.cluster.url(OWNER_ROLE)) as connection:
        assert connection.execute("SELECT words FROM kept").fetchone() == ("before the kill",)
    assert house.answers()
    assert house.end(signal.SIGTERM) == 0
    assert not house.cluster.running()


@pytest.mark.parametrize("by", [signal.SIGQUIT, signal.SIGKILL])
def test_it_starts_its_database_again_when_that_has_ended(house: House, by: signal.Signals) -> None:
    house.up()
    server = house.cluster.pid()
    assert server is not None
    os.kill(server, by)
    ends_at = monotonic() + READY_S_MAX
    while "PostgreSQL is back" not in house.said():
        assert monotonic() < ends_at, house.said()
        sleep(0.05)
    assert house.cluster.pid() != server
    while not house.answers("/readyz"):
        assert monotonic() < ends_at, house.said()
        sleep(0.2)
    assert house.end(signal.SIGTERM) == 0
    assert not house.cluster.running()


def test_the_demo_shop_is_opened_once_and_serves_its_pages(house: House) -> None:
    said = house.up("--demo")
    assert "10 products" in said
    assert house.answers("/")
    assert house.answers("/staff/login")
    undated = house.daoda("undated")
    assert undated.returncode == 0, undated.stdout + undated.stderr
    house.end(signal.SIGINT)
    assert "one-time password" not in house.up("--demo"), "passwords are shown once"
    assert house.end(signal.SIGINT) == 0
