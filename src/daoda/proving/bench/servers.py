"""The house's own processes as an operator starts them, and what they use (Linux)."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from daoda.proving.bench import load
from daoda.proving.bench.place import Place

READY_S_MAX = 60.0
_TICKS_A_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A running command and its children."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self.port = port

    @property
    def rss_bytes(self) -> int:
        """Memory of all its processes; shared pages are counted in each."""
        return sum(_statm(pid) * _PAGE_BYTES for pid in self._tree())

    @property
    def cpu_s(self) -> float:
        """Processor time used by all its processes so far, and by those that have ended."""
        return sum(_stat_cpu(pid) / _TICKS_A_S for pid in self._tree())

    def metric(self, name: str) -> float:
        """What it counts under this name, from its /metrics. KeyError for an unknown one."""
        connection = http.client.HTTPConnection(load.HOST, self.port, timeout=10)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if line[0] != "#"}[
            name
        ]

    def _tree(self) -> list[int]:
        found, look = [], [self._pid]
        while look:
            pid = look.pop()
            found.append(pid)
            with suppress(FileNotFoundError, ProcessLookupError):  # one that ends meanwhile
                for task in Path(f"/proc/{pid}/task").glob("*/children"):
                    look += [int(child) for child in task.read_text().split()]
        return found


@contextmanager
def web(place: Place, **environment: str) -> Iterator[Server]:
    """``daoda web`` with one serving process."""
    command = ["-m", "daoda.config.cli", "web"]
    with _running(place, command, listens=True, environment=environment) as server:
        yield server


@contextmanager
def worker(place: Place, *only: str) -> Iterator[Server]:
    """``daoda worker``, all loops or those named."""
    loops = ["--only", *only] if only else []
    with _running(place, ["-m", "daoda.config.cli", "worker", *loops], listens=False) as server:
        yield server


@contextmanager
def plain_django(place: Place) -> Iterator[Server]:
    """The door of notices as a plain Django view, on the same server."""
    with _running(place, ["-m", "daoda.proving.bench.plain"], listens=True) as server:
        yield server


def database(place: Place) -> Server:
    """The server of the place's cluster."""
    pid = place.cluster.pid()
    assert pid is not None
    return Server(pid, 0)


@contextmanager
def _running(
    place: Place, command: list[str], *, listens: bool, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    place.enter()
    port = _free_port() if listens else 0
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, *command],
        env={
            **os.environ,
            "DAODA_PORT": str(port),
            "PYTHONWARNINGS": "ignore",
            **(environment or {}),
        },
    )
    try:
        if listens:
            _wait_until_ready(process, port)
        yield Server(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    ends_at = monotonic() + READY_S_MAX
    while monotonic() < ends_at and process.poll() is None:
        try:
            socket.create_connection((load.HOST, port), timeout=1).close()
            return
        except OSError:
            sleep(0.05)
    raise RuntimeError("a server of the benchmark did not come up; its output says why")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind((load.HOST, 0))
        port: int = trial.getsockname()[1]
        return port


def _statm(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError:
        return 0


def _stat_cpu(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, fields[11:15]))
