"""The processes of a drill: web, workers, readers, kept running as ``daoda up`` keeps them.

Each child has a supervisor of its own, because children of a drill differ in their environment.
Only the main thread may use this: the system ends a child with the thread that started it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from daoda.config import leash
from daoda.config.supervisor import Child, Supervisor
from daoda.proving.drills.place import HOST, free_port

CLI = "daoda.config.cli"
LOOK_S = 0.05
READY_S_MAX = 60.0
STOP_S_MAX = 20.0


class Stuck(RuntimeError):
    """What had to come true did not within its time."""


class House:
    """Starts, keeps and stops processes; ``port`` is where the web answers."""

    def __init__(self, *, log: Callable[[str], object]) -> None:
        self.port = free_port()
        self._kept: dict[str, tuple[Child, Supervisor]] = {}
        self._loose: list[subprocess.Popen[bytes]] = []
        self._log = log

    def keep(self, name: str, *words: str, module: str = CLI, **variables: str) -> None:
        """Run this child and start it again whenever it ends."""
        child = Child(name, module, words)
        environment = {**os.environ, "DAODA_PORT": str(self.port), **variables}
        supervisor = Supervisor([child], environment=environment, say=self._log)
        supervisor.start()
        self._kept[name] = child, supervisor

    def loose(self, *words: str, module: str = CLI, **variables: str) -> subprocess.Popen[bytes]:
        """Run this once; nobody starts it again."""
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", leash.__name__, module, *words],
            env={
                **os.environ, "DAODA_PORT": str(self.port), leash.PARENT: str(os.getpid()),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._loose.append(process)
        return process

    def dismiss(self, *names: str) -> None:
        """Stop these for good, in order and patiently."""
        for name in names:
            self._kept.pop(name)[1].stop()

    def pid(self, name: str) -> int | None:
        """The process of a kept child, while there is one."""
        process = self._kept[name][0].process
        return process.pid if process is not None and process.poll() is None else None

    def kill(self, name: str) -> bool:
        """SIGKILL, as sudden as a power cut; False when it is down at the moment."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid is not None

    def look(self) -> None:
        """Start again who has ended and is due."""
        for _, supervisor in self._kept.values():
            supervisor.look()

    def pause(self, seconds: float) -> None:
        """Let time pass while looking after the processes."""
        ends_at = monotonic() + seconds
        while monotonic() < ends_at:
            self.look()
            sleep(LOOK_S)

    def until(self, what: str, holds: Callable[[], bool], *, s_max: float) -> float:
        """Wait for something to come true; seconds it took. Raises Stuck."""
        started = monotonic()
        while not holds():
            if monotonic() - started > s_max:
                raise Stuck(f"{what}: not within {s_max:.0f} s")
            self.look()
            sleep(LOOK_S)
        return monotonic() - started

    def ready(self) -> None:
        """Wait until the web takes connections. Raises Stuck."""
        self.until("the web answers", lambda: answers(self.port), s_max=READY_S_MAX)

    def close(self) -> None:
        """End everything, in no particular order: whatever is left is repeatable."""
        self.dismiss(*self._kept)
        for process in self._loose:
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_S_MAX)
            if process.poll() is None:
                process.kill()
                process.wait()


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started; none where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in told.split()]
