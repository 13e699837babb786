"""The disk of the data folder is full, and then it is not."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import psycopg

from daoda.proving.drills import listening
from daoda.proving.drills.place import Place, installed
from daoda.proving.drills.stage import Stage

DISK_MB = 300
LEFT_BYTES = 300_000
FILL_BYTES = 65_536
FULL_S_MAX = 30.0
FULL_FOR_S = 5.0
RECOVERED_S_MAX = 120.0
_MUCH = """
CREATE TABLE drill_disk AS SELECT md5(n::text) AS words FROM generate_series(1, 20000) n
"""
_OWN_MOUNTS = 0x00020000  # CLONE_NEWNS of unshare(2)


def cannot() -> str:
    """Why no small disk can be made here; empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a small disk is mounted for it, which takes root on Linux"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(  # noqa: S603
            ["unshare", "--mount", *_mount(Path(folder), 1)],  # noqa: S607
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return tried.stderr.strip()


@contextmanager
def small(data: Path, prepared: Path | None = None) -> Iterator[Place]:
    """An installation whose data folder is a disk of its own, seen by this process alone."""
    if ctypes.CDLL(None, use_errno=True).unshare(_OWN_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    data.mkdir()
    _do("mount", "--make-rprivate", "/")
    _do(*_mount(data, DISK_MB))
    try:
        with installed(data, prepared) as where:
            yield where
    finally:
        _do("umount", "--lazy", str(data))


def full(stage: Stage) -> None:
    """Under ``daoda up``: the disk fills up in mid-day, first for rows, then for the log."""
    house, data = stage.house, stage.where.data
    stage.revive = stage.where.cluster.start
    house.keep("up", "up", DATABASE_URL="", DATABASE_OWNER_URL="")
    house.keep("reader", listening.LIVE, module=listening.__name__)
    house.ready()
    stage.begin_day()
    house.pause(stage.day_s / 3)
    fillers = data / "filler", data / "more"
    stage.fault("fill the disk")
    _fill(fillers[0], data, left_bytes=LEFT_BYTES)
    seen = _use_up_the_log(stage)
    _fill(fillers[1], data, left_bytes=0)
    words = f"{', '.join(seen) or 'nothing was refused'}; then {_left(data)} bytes were left"
    stage.check("full", bool(seen), words)
    house.pause(FULL_FOR_S)
    stage.does("make room")
    for filler in fillers:
        filler.unlink()
    back_s = house.until("the database is back", stage.answers, s_max=RECOVERED_S_MAX)
    stage.check("freed", True, f"{back_s:.1f} s after there was room the database answers")


def _fill(filler: Path, data: Path, *, left_bytes: int) -> None:
    """Leave no more than this; what is left goes with the first rows."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while (left := _left(data)) > left_bytes:
            file.write(b"0" * min(FILL_BYTES, left - left_bytes))


def _left(data: Path) -> int:
    return shutil.disk_usage(data).free


def _use_up_the_log(stage: Stage) -> list[str]:
    """Let the server go on to new files of its log until there is no room; what it said to that."""
    seen: dict[str, str] = {}
    ends_at = monotonic() + FULL_S_MAX
    while "ended" not in seen and monotonic() < ends_at:
        stage.house.pause(0.2)
        try:
            with psycopg.connect(stage.where.superuser_url, connect_timeout=5) as superuser:
                superuser.execute("SELECT pg_switch_wal()")
                superuser.execute(_MUCH)
                superuser.rollback()
        except psycopg.errors.DiskFull as problem:
            seen["rows"] = f"rows were refused ({str(problem).splitlines()[0]})"
        except psycopg.OperationalError:
            seen["ended"] = "the server ended"
    return list(seen.values())


def _mount(folder: Path, size_mb: int) -> list[str]:
    options = f"size={size_mb}m,mode=0711"
    return ["mount", "-t", "tmpfs", "-o", options, "drill", str(folder)]


def _do(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603 - our own words
