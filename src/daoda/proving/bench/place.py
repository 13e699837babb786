"""Where benchmarks run: a cluster of their own, configured like the real one, safeties and all.

One migrated, empty database is kept as the mould; each item works in a copy of it. What a long
item has built can be kept in a folder, so that the same command goes on where it was stopped.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster
from daoda.kit import crypto

MOULD = "daoda"
# The moment each transaction was committed is what several items measure by.
_SETTINGS = {"track_commit_timestamp": "on"}


@dataclass(frozen=True)
class Place:
    """One database of the cluster. ``url`` is the application's role. ``quick`` skips what makes
    figures comparable, where nobody looks at them."""

    cluster: Cluster
    folder: Path
    database: str
    quick: bool = False

    @property
    def url(self) -> str:
        return self.cluster.url(APP_ROLE, self.database)

    @property
    def superuser_url(self) -> str:
        return self.cluster.url("postgres", self.database)

    def another(self, name: str) -> Place:
        """A database of that name: the one built before, else a fresh copy of the mould."""
        from daoda.config.postgres import roles

        place = replace(self, database=name)
        url = self.cluster.url("postgres", "postgres")
        if not roles.ensure_database(url, name, template=MOULD):
            _migrate(place)
        return place

    def fresh(self, name: str) -> Place:
        """A copy of the mould under that name, whatever a stopped run has left there."""
        from daoda.config.postgres import roles

        roles.drop_database(self.cluster.url("postgres", "postgres"), name)
        return self.another(name)

    def enter(self) -> None:
        """From now on this process, and those it starts, work here."""
        from daoda.config import database

        os.environ["DATABASE_URL"] = self.url
        os.environ["DATABASE_OWNER_URL"] = self.cluster.url(OWNER_ROLE, self.database)
        database.point_at(self.url)

    def drop(self) -> None:
        """Remove the database with whoever is connected to it."""
        from daoda.config import database
        from daoda.config.postgres import roles

        database.point_at(self.url)  # our own connection would be cut
        roles.drop_database(self.cluster.url("postgres", "postgres"), self.database)

    def settle_down(self) -> None:
        """Statistics and visibility as they would be a while later, and nothing left to write."""
        if self.quick:
            return
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def learn(self) -> None:
        """Statistics alone: to vacuum tens of gigabytes would take longer than to measure."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute("ANALYZE")
            connection.execute("CHECKPOINT")

    def let_autovacuum(self, work: bool) -> None:
        """Whether autovacuum may touch the tables: its reads would be counted as ours."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET autovacuum = {'on' if work else 'off'}".encode())
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def opened(folder: Path | None = None, *, quick: bool = False) -> Iterator[Place]:
    """Set up Django on a durable cluster: in ``folder``, to be gone on with later, or in one
    that is removed afterwards. Yields the mould.

    Must be entered before anything of Django is imported. Raises BlockingIOError when the
    folder is in use.
    """
    kept = folder is not None
    folder = folder or Path(tempfile.mkdtemp(prefix="daoda-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # as root, the server runs as another user and must get in
    cluster = Cluster(folder / "data", say=lambda words: None)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            _start(cluster)
            _environment(folder, cluster)
            from daoda.config import django_ready

            django_ready()
            mould = Place(cluster, folder, MOULD, quick)
            _migrate(mould)
            yield mould
        finally:
            cluster.stop()
            if not kept:
                shutil.rmtree(folder, ignore_errors=True)


def _start(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        wrong = [
            name
            for name, value in _SETTINGS.items()
            if connection.execute(f"SHOW {name}".encode()).fetchone() != (value,)
        ]
        for name in wrong:
            connection.execute(f"ALTER SYSTEM SET {name} = '{_SETTINGS[name]}'".encode())
    if wrong:
        cluster.stop()
        cluster.start()


def _migrate(place: Place) -> None:
    from django.db import connections

    from daoda.config import migration

    migration.migrate(
        owner_url=place.cluster.url(OWNER_ROLE, place.database), app_role=APP_ROLE, verbosity=0
    )
    connections.close_all()  # a mould somebody is connected to cannot be copied


def _environment(folder: Path, cluster: Cluster) -> None:
    keys = folder / "keys.json"
    crypto.ensure_keyring(keys)
    with suppress(KeyError):
        del os.environ["DAODA_CLOCK_OFFSET_S"]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "daoda.config.settings",
        "DATABASE_URL": cluster.url(APP_ROLE, MOULD),
        "DATABASE_OWNER_URL": cluster.url(OWNER_ROLE, MOULD),
        "DAODA_DATA": str(folder / "files"),
        "DAODA_KEYS": str(keys),
        "DAODA_LOG_LEVEL": "WARNING",
    }
