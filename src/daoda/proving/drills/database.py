"""The database taken away: its server stopped at once, its sessions ended, all its places taken."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from random import Random
from time import monotonic
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from daoda.config.postgres import APP_ROLE
from daoda.proving.drills import listening, watching
from daoda.proving.drills.place import DATABASE
from daoda.proving.drills.proxy import HARMS, Proxy
from daoda.proving.drills.stage import Stage

RECOVERED_S_MAX = 120.0
STORM_EVERY_S = 0.25
STORM_SHARE = 0.5
HOGGED_S = 3.0
HOG = "hog"
UNAVAILABLE = 503
LOCKED_S = 18.0  # the door knows a channel for ten, and waits five for a connection
_LOCK = "LOCK TABLE payments_channel, payments_notice, orders_order IN ACCESS EXCLUSIVE MODE"
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'
"""
HARMED_SHARE = 0.15
HARM_S_MAX = 20.0


def server_stopped(stage: Stage) -> None:
    """Under ``daoda up``: the server is told to stop at once, later killed; nobody helps."""
    house = stage.house
    stage.revive = stage.where.cluster.start  # `up` stops the database with everything else
    # Without an address, `up` takes over the cluster of the data folder and looks after it.
    house.keep("up", "up", DATABASE_URL="", DATABASE_OWNER_URL="")
    house.keep("reader", listening.LIVE, module=listening.__name__)
    house.ready()
    stage.begin_day()
    for how in (signal.SIGQUIT, signal.SIGKILL):
        house.pause(stage.day_s / 3)
        pid = stage.where.cluster.pid()
        assert pid is not None
        said = "pg_ctl stop -m immediate" if how == signal.SIGQUIT else "kill -9 of the server"
        stage.fault(said)
        os.kill(pid, how)  # SIGQUIT is what pg_ctl sends for that
        back_s = house.until("the database is back", stage.answers, s_max=RECOVERED_S_MAX)
        stage.check("back", True, f"after {said} the database answers in {back_s:.1f} s")


def sessions_ended(stage: Stage) -> None:
    """End sessions of the house at random, several a second, all day long."""
    stage.open_doors()
    stage.begin_day()
    ended = 0
    ends_at = monotonic() + stage.day_s
    with psycopg.connect(stage.where.superuser_url, autocommit=True) as superuser:
        while monotonic() < ends_at:
            stage.house.pause(STORM_EVERY_S)
            pids = _sessions(superuser)
            chosen = stage.dice.sample(pids, round(len(pids) * STORM_SHARE))
            stage.fault(f"end {len(chosen)} of {len(pids)} sessions")
            ended += _end(superuser, chosen)
    stage.check("ended", ended > 0, f"{ended} sessions were ended")


def all_places_taken(stage: Stage) -> None:
    """Somebody takes every connection the server has, and a worker is started meanwhile."""
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 4)
    taken = ended = 0
    with (
        psycopg.connect(stage.where.superuser_url, autocommit=True) as superuser,
        ExitStack() as hog,
    ):
        taken += _take_all(stage, hog)
        stage.fault("take every connection of the server, kill a worker")
        stage.house.kill("worker 1")
        ends_at = monotonic() + HOGGED_S
        while monotonic() < ends_at:
            ended += _end(superuser, _sessions(superuser))
            taken += _take_all(stage, hog)
            stage.house.look()
    words = f"{taken} connections taken for {HOGGED_S:.0f} s, {ended} of them from the house"
    stage.check("hogged", taken > 0 and ended > 0, words)


def all_clients_busy(stage: Stage) -> None:
    """Whatever the doors ask waits for a lock, until they have no connection left to ask with."""
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 4)
    waiting, refused = 0, stage.traffic.statuses[UNAVAILABLE]
    with (
        psycopg.connect(stage.where.superuser_url, autocommit=True) as superuser,
        psycopg.connect(stage.where.superuser_url) as holder,
    ):
        stage.fault(f"lock what the doors ask for {LOCKED_S:.0f} s")
        holder.execute(_LOCK)
        ends_at = monotonic() + LOCKED_S
        while monotonic() < ends_at:
            stage.house.pause(STORM_EVERY_S)
            row = superuser.execute(_WAITING, [APP_ROLE]).fetchone()
            waiting = max(waiting, row[0] if row else 0)
        holder.rollback()
    stage.does("unlock")
    refused = stage.traffic.statuses[UNAVAILABLE] - refused
    words = f"up to {waiting} sessions waited; {refused} sendings were told to come again"
    stage.check("busy", waiting > 0 and refused > 0, words)


def replies_lost(stage: Stage) -> None:
    """Between the house and its database commits are lost, delayed and half-closed."""
    where = stage.where
    sockets = Path(str(conninfo_to_dict(where.url)["host"]))
    proxy = Proxy(where.data / "proxy", sockets, dice=Random(stage.dice.random()))
    proxy.start()
    url = f"postgresql://{APP_ROLE}@/{DATABASE}?host={quote(str(where.data / 'proxy'), safe='')}"
    try:
        stage.open_doors(DATABASE_URL=url)
        proxy.harm = HARMED_SHARE
        stage.begin_day()
        stage.does(f"harm {HARMED_SHARE:.0%} of all commits on their way")
        stage.house.pause(stage.day_s)
        ends_at = monotonic() + HARM_S_MAX
        while not _harmed_enough(proxy) and monotonic() < ends_at:
            stage.house.pause(STORM_EVERY_S)
        proxy.harm = 0.0
        stage.come_to_rest()
        stage.house.close()
    finally:
        proxy.stop()
    words = ", ".join(f"{what} {times} ×" for what, times in sorted(proxy.harmed.items()))
    stage.check("harmed", _harmed_enough(proxy), words)


def _harmed_enough(proxy: Proxy) -> bool:
    """Every kind of harm was done at least once."""
    return set(HARMS) <= set(proxy.harmed)


def _sessions(superuser: psycopg.Connection) -> list[int]:
    rows = superuser.execute(
        "SELECT pid FROM pg_stat_activity WHERE usename = %s AND application_name <> ALL (%s)"
        " ORDER BY backend_start",
        [APP_ROLE, [HOG, watching.NAME]],
    )
    return [pid for (pid,) in rows]


def _end(superuser: psycopg.Connection, pids: list[int]) -> int:
    superuser.execute("SELECT pg_terminate_backend(p) FROM unnest(%s::int[]) AS p", [pids])
    return len(pids)


def _take_all(stage: Stage, hog: ExitStack) -> int:
    """Connect until the server refuses; how many connections that were."""
    taken = 0
    with suppress(psycopg.OperationalError):
        while True:
            url = stage.where.url
            hog.enter_context(closing(psycopg.connect(url, application_name=HOG)))
            taken += 1
    return taken
