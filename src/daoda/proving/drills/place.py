"""Where drills happen: a throw-away installation, its cluster configured like the real one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster
from daoda.kit import crypto

HOST = "127.0.0.1"
DATABASE = "daoda"


@dataclass(frozen=True)
class Place:
    """A migrated, empty installation. ``url`` is what the shop connects with.

    ``data`` is its data folder, with cluster and keys; ``superuser_url`` leads to that cluster.
    """

    cluster: Cluster
    data: Path
    url: str
    owner_url: str

    @property
    def superuser_url(self) -> str:
        return self.cluster.url("postgres", DATABASE)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder to be thrown away; as root, the server runs as another user and must get in."""
    made = Path(tempfile.mkdtemp(prefix="daoda-drill-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def installed(data: Path, prepared: Path | None = None) -> Iterator[Place]:
    """Set up Django on a durable cluster in this data folder, which the caller removes.

    ``prepared`` is the data folder of an installation nobody uses: its migrated database is
    copied instead of made anew. Must be entered before anything of Django is imported. The server
    ends with this process, however that ends.
    """
    if prepared is not None:
        copy(prepared, data)
    cluster = server(data)
    try:
        cluster.start()
        url, owner_url = cluster.url(APP_ROLE, DATABASE), cluster.url(OWNER_ROLE, DATABASE)
        make_ready(data, url, owner_url)
        yield Place(cluster, data, url, owner_url)
    finally:
        cluster.stop()


def copy(prepared: Path, data: Path) -> None:
    """The files and whose they are; where the other one keeps its cluster is not ours."""
    data.mkdir(mode=0o711, exist_ok=True)
    subprocess.run(["cp", "-a", f"{prepared}/.", str(data)], check=True)  # noqa: S603, S607
    (data / "postgres.place").unlink(missing_ok=True)


def server(data: Path) -> Cluster:
    """A cluster in this data folder, not started yet, that ends with this process."""
    return Cluster(data, say=print, leashed=True)


def make_ready(data: Path, url: str, owner_url: str) -> None:
    """Name the installation in the environment, set Django up and bring its tables up to date."""
    keys = data / "keys.json"
    crypto.ensure_keyring(keys)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "daoda.config.settings",
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": owner_url,
        "DAODA_DATA": str(data),
        "DAODA_KEYS": str(keys),
        "DAODA_LOG_LEVEL": "WARNING",
    }
    from daoda.config import database, django_ready, migration

    django_ready()
    migration.migrate(owner_url=owner_url, app_role=APP_ROLE, verbosity=0)
    database.point_at(url)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        port: int = trial.getsockname()[1]
        return port
