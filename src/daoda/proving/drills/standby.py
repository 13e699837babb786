"""A second server that follows the first and takes over: a synchronous streaming standby.

Whoever decides that it takes over (an agent, a person) is played by the drill; finding it is the
house's own task, by the addresses of both in its ``DATABASE_URL``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import psycopg

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster, place
from daoda.proving.drills.house import Stuck
from daoda.proving.drills.place import DATABASE, Place, installed, server

FOLLOWS_S_MAX = 60.0
PROMOTED_S_MAX = 60
PORT = 5432


@dataclass(frozen=True)
class Pair(Place):
    """An installation on two servers; ``url`` names both, and takes the one that takes writes."""

    standby: Cluster

    def promote(self) -> float:
        """Let the standby take over; seconds it took."""
        started = monotonic()
        with psycopg.connect(self.standby.url("postgres", "postgres")) as connection:
            connection.execute("SELECT pg_promote(true, %s)", [PROMOTED_S_MAX])
        return monotonic() - started


@contextmanager
def on_sockets(data: Path, prepared: Path | None = None) -> Iterator[Pair]:
    """Two servers of this machine, reached by their sockets."""
    with installed(data, prepared) as where:
        sockets = _sockets(where.cluster)
        standby = follow(where.cluster, data.parent / "standby", address=sockets)
        try:
            yield paired(where, standby, (sockets, _sockets(standby)))
        finally:
            standby.stop()


def follow(primary: Cluster, data: Path, *, address: str, settings: str = "") -> Cluster:
    """A standby of ``primary``, reached at ``address``, that has caught up and is waited for."""
    home = place.settle(data, print).home
    primary.tool(
        "pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream",
        f"--pgdata={home / 'data'}", f"--host={address}", f"--port={PORT}", "--username=postgres",
    )  # fmt: skip
    with (home / "data" / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write(settings)
    standby = server(data)
    standby.start()
    url = primary.url("postgres", "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
        ends_at = monotonic() + FOLLOWS_S_MAX
        while not _is_waited_for(connection):
            if monotonic() > ends_at:
                raise Stuck("the standby does not follow")
            sleep(0.05)
    return standby


def paired(where: Place, standby: Cluster, hosts: tuple[str, str]) -> Pair:
    """The installation as it is reached from now on, by this process and by its children."""
    from daoda.config import database

    url, owner_url = _url(APP_ROLE, hosts), _url(OWNER_ROLE, hosts)
    os.environ |= {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url}
    database.point_at(url)
    return Pair(where.cluster, where.data, url, owner_url, standby)


def _is_waited_for(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
    ).fetchone()
    return row is not None and row[0] == 1


def _sockets(cluster: Cluster) -> str:
    with psycopg.connect(cluster.url("postgres", "postgres")) as connection:
        return connection.info.host


def _url(role: str, hosts: tuple[str, str]) -> str:
    both = ",".join(quote(host, safe="") for host in hosts)
    ports = ",".join([str(PORT)] * len(hosts))
    asked = f"host={both}&port={ports}&target_session_attrs=read-write"
    return f"postgresql://{role}@/{DATABASE}?{asked}"
