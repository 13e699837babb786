"""The server's settings, written anew at every start.

What an operator changes with ALTER SYSTEM stands in postgresql.auto.conf and wins over these.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE = "daoda.conf"
_MB = 1024 * 1024


def text(*, sockets: Path, port: int, durable: bool) -> str:
    """The contents of daoda.conf. ``durable=False`` is for tests alone: a crash loses data."""
    lines = dict(_COMMON)
    lines["unix_socket_directories"] = f"'{str(sockets).replace(chr(39), chr(39) * 2)}'"
    lines["port"] = str(port)
    lines.update(_durable() if durable else _THROWN_AWAY)
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def memory_bytes() -> int:
    """The memory this machine or container gives us."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdecimal() else machine


_COMMON = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    # A worker keeps one for each of its loops, and two versions of it may run side by side.
    "max_connections": "200",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "jit": "off",
    # Many short transactions: a parallel plan would take the cores from the others.
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    # Statements may carry what a buyer typed: the log keeps neither them nor their values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_startup_progress_interval": "'5s'",
}

_THROWN_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "'64MB'",
    "max_wal_size": "'1GB'",
    # Plans pinned by tests must not change because a vacuum came by.
    "autovacuum": "off",
}


def _durable() -> dict[str, str]:
    memory_mb = memory_bytes() // _MB
    return {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": f"'{max(64, min(1024, memory_mb // 8))}MB'",
        "effective_cache_size": f"'{max(256, memory_mb // 2)}MB'",
        "work_mem": "'8MB'",
        "maintenance_work_mem": f"'{max(64, min(256, memory_mb // 16))}MB'",
        "wal_compression": "on",
        "max_wal_size": "'2GB'",
        "checkpoint_timeout": "'10min'",
        "checkpoint_completion_target": "0.9",
        # Queues live in tables: dead rows must go while they are few.
        "autovacuum_naptime": "'10s'",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_vacuum_insert_scale_factor": "0.1",
        "autovacuum_analyze_scale_factor": "0.02",
        "autovacuum_vacuum_cost_limit": "1000",
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "'1d'",
        "log_rotation_size": "0",
        "log_checkpoints": "off",
    }
