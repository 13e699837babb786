"""Where benchmarks run: a throw-away cluster configured like the real one."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster
from daoda.kit import crypto

DATABASE = "daoda"


@dataclass(frozen=True)
class Place:
    """A migrated, empty database. ``url`` is the application's role."""

    url: str
    superuser_url: str


@contextmanager
def scratch() -> Iterator[Place]:
    """Set up Django on a fresh durable cluster; everything is removed afterwards.

    Must be entered before anything of Django is imported.
    """
    folder = Path(tempfile.mkdtemp(prefix="daoda-bench-"))
    folder.chmod(0o711)  # as root, the server runs as another user and must get in
    cluster = Cluster(folder / "data", say=lambda words: None)
    try:
        cluster.start()
        _environment(folder, cluster)
        from daoda.config import database, django_ready, migration

        django_ready()
        migration.migrate(
            owner_url=cluster.url(OWNER_ROLE, DATABASE), app_role=APP_ROLE, verbosity=0
        )
        database.point_at(cluster.url(APP_ROLE, DATABASE))
        yield Place(cluster.url(APP_ROLE, DATABASE), cluster.url("postgres", DATABASE))
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def conditions(place: Place) -> dict[str, str]:
    """The machine and the server, as they are printed with every table."""
    with psycopg.connect(place.superuser_url) as connection:
        settings = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    shown = {name: row[0] for name, row in settings.items() if row is not None}
    load = os.getloadavg()[0]
    return {
        "cores": str(os.cpu_count()),
        "load before": f"{load:.2f}",
        "python": platform.python_version(),
        **shown,
    }


def _environment(folder: Path, cluster: Cluster) -> None:
    keys = folder / "keys.json"
    crypto.ensure_keyring(keys)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "daoda.config.settings",
        "DATABASE_URL": cluster.url(APP_ROLE, DATABASE),
        "DATABASE_OWNER_URL": cluster.url(OWNER_ROLE, DATABASE),
        "DAODA_DATA": str(folder / "files"),
        "DAODA_KEYS": str(keys),
        "DAODA_LOG_LEVEL": "WARNING",
    }
