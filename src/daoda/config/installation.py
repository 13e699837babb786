"""This installation: its data folder, its lock, its keys and how to reach its database.

Everything here happens before Django reads the settings; it writes into the environment what
they will read.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from daoda.config import environment
from daoda.config.environment import Environment
from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster, place
from daoda.kit import crypto


class CannotGoOn(Exception):
    """What was asked for is not possible now; the message tells a person why and what to do."""


class AlreadyRunning(CannotGoOn):
    """Another process holds the data folder."""


@dataclass(frozen=True)
class Addresses:
    """The two ways to the database: as the shop, and as the owner of its tables."""

    app: str
    owner: str

    def variables(self) -> dict[str, str]:
        """What processes find in their environment.

        Not the owner's address: whoever takes over a process that serves must not find with it
        the role that may change history. Only ``daoda migrate`` is given that one.
        """
        return {"DATABASE_URL": self.app}


@contextmanager
def hold(data: Path, note: Mapping[str, Any]) -> Iterator[None]:
    """Hold the data folder alone. Raises AlreadyRunning, with what the holder noted.

    The lock is the system's and ends with the process, however it ends.
    """
    place.make_data_folder(data)
    with (data / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(_who_holds(file, data)) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), **note}, file)
        file.flush()
        yield
        file.truncate(0)


def _who_holds(file: Any, data: Path) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:
        holder = {}
    at = f" at {holder['address']}" if "address" in holder else ""
    process = f" (process {holder['pid']})" if "pid" in holder else ""
    return (
        f"Daoda is already running on {data}{process}{at}. Stop it there with Ctrl-C, or give "
        f"this one a data folder and a port of its own: DAODA_DATA, DAODA_PORT"
    )


def use_keys(settings: Environment) -> None:
    """Name the key ring in the environment, unless the operator has."""
    os.environ.setdefault("DAODA_KEYS", str(settings.data / "keys.json"))


def ensure_keys(settings: Environment, *, data_at: Callable[[], object | None]) -> bool:
    """Make the key ring at first run. True if it was made. Raises CannotGoOn.

    New keys beside old data would hide a loss: every sealed value would be unreadable.
    """
    use_keys(settings)
    source = os.environ["DAODA_KEYS"]
    if source.lstrip().startswith("{") or Path(source).exists():
        crypto.keyring()
        return False
    there = data_at()
    if there is not None:
        raise CannotGoOn(
            f"there is a database ({there}) and its key ring {source} is missing: without it no "
            f"card code can be read. Put it back from the backup, or name it with DAODA_KEYS; to "
            f"begin with an empty shop, remove that database as well"
        )
    return crypto.ensure_keyring(Path(source))


def given(settings: Environment) -> Addresses | None:
    """The database named by DATABASE_URL, if any."""
    if not settings.database_url:
        return None
    return Addresses(settings.database_url, settings.database_owner_url)


def of_cluster(cluster: Cluster) -> Addresses:
    """The addresses of the embedded database."""
    return Addresses(cluster.url(APP_ROLE), cluster.url(OWNER_ROLE))


def tables_at(owner_url: str) -> str | None:
    """The name of a given database if it has our tables. Raises CannotGoOn if unreachable."""
    with connect(owner_url) as connection:
        found = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()
        return connection.info.dbname if found and found[0] else None


def connect(url: str) -> psycopg.Connection:
    """A plain connection. Raises CannotGoOn in words."""
    try:
        return psycopg.connect(url, connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as problem:
        raise CannotGoOn(
            f"the database cannot be reached: {str(problem).splitlines()[0]}"
        ) from None


@contextmanager
def opened(*, make: bool = False) -> Iterator[Addresses]:
    """A database to work on: the given one, or the embedded one, started for as long as needed.

    ``make`` allows a first start. Afterwards the environment names the database and the keys, so
    Django may be set up inside. Raises CannotGoOn.
    """
    settings = environment.read()
    use_keys(settings)
    addresses = given(settings)
    cluster = Cluster(settings.data)
    if addresses is not None or cluster.running():
        yield _named(addresses or of_cluster(cluster))
        return
    if not make and cluster.made_at() is None:
        raise CannotGoOn(
            f"there is no database in {settings.data} yet: run  make run  or  daoda up  first, "
            f"or name one with DATABASE_URL"
        )
    with hold(settings.data, {}):
        ensure_keys(settings, data_at=cluster.made_at)
        cluster.start()
        try:
            yield _named(of_cluster(cluster))
        finally:
            cluster.stop()


def _named(addresses: Addresses) -> Addresses:
    os.environ.update(addresses.variables())
    return addresses


def use_running() -> Addresses:
    """The given database or the running embedded one, named in the environment.

    For processes that serve: they never start a database themselves, and neither they nor what
    they start know the owner's address. Raises CannotGoOn.
    """
    settings = environment.read()
    use_keys(settings)
    cluster = Cluster(settings.data)
    addresses = given(settings) or (of_cluster(cluster) if cluster.running() else None)
    if addresses is None:
        raise CannotGoOn(
            "there is no database to work with: set DATABASE_URL, or run  daoda up  which "
            "starts the database, this and the rest together"
        )
    os.environ.pop("DATABASE_OWNER_URL", None)
    return _named(addresses)
