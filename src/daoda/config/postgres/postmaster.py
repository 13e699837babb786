"""The server's process as its pid file and the system's process table tell of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Postmaster:
    """A running server. ``sockets`` is empty until it has opened its socket."""

    pid: int
    sockets: str
    port: int


def find(pgdata: Path) -> Postmaster | None:
    """The server that runs on ``pgdata``, or None when the pid file is stale or missing."""
    try:
        lines = (pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None
    if not is_server(pid, pgdata):
        return None
    lines += [""] * 5
    return Postmaster(pid, lines[4].strip(), int(lines[3] or 0))


def is_server(pid: int, pgdata: Path) -> bool:
    """Whether this very process is a PostgreSQL on ``pgdata``: process ids are used again.

    A dead process nobody has collected yet has no command line, so it does not count.
    """
    words = _command_line(pid)
    return any("postgres" in word for word in words[:1]) and str(pgdata) in words


def drop_stale(pgdata: Path, sockets: Path) -> None:
    """Remove the lock files of a server that is gone: its pid file and its socket's.

    PostgreSQL would do so itself, unless its old number has been given to another process of
    the same user, or its dead process was never collected: both happen in containers.
    """
    if find(pgdata) is not None:
        return
    (pgdata / "postmaster.pid").unlink(missing_ok=True)
    for left in sockets.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def _command_line(pid: int) -> list[str]:
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(word) for word in raw.split(b"\0") if word]
    shown = subprocess.run(  # noqa: S603 - a number
        ["ps", "-p", str(pid), "-o", "command="],  # noqa: S607 - systems without /proc
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.split()
