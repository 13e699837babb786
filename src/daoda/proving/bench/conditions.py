"""Under which conditions figures were taken: printed and kept with them."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from daoda.proving.bench.place import Place

_SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size")
_SYNCED_TIMES = 30


def taken(place: Place) -> dict[str, Any]:
    """Machine, server and how busy the machine was when we began."""
    with psycopg.connect(place.superuser_url) as connection:
        shown = {name: connection.execute(f"SHOW {name}".encode()).fetchone() for name in _SETTINGS}
    return {
        "taken": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "disk_sync_ms": round(_disk_sync_ms(place.folder), 2),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: row[0] for name, row in shown.items() if row is not None},
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _disk_sync_ms(folder: Path) -> float:
    """How long the disk takes to say that 8 KiB are safe; the median of some tries."""
    probe = folder / "sync.probe"
    took = []
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(_SYNCED_TIMES):
            os.pwrite(descriptor, os.urandom(8192), 0)
            began = perf_counter()
            os.fsync(descriptor)
            took.append(perf_counter() - began)
    finally:
        os.close(descriptor)
        probe.unlink()
    return 1000 * sorted(took)[_SYNCED_TIMES // 2]
