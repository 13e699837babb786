"""All drills there are, each with the place it needs and what a machine must be able to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daoda.proving.drills import (
    clocks,
    database,
    disk,
    failover,
    killing,
    network,
    notices,
    standby,
    versions,
)
from daoda.proving.drills.place import installed
from daoda.proving.drills.stage import MakesPlace, Stage


@dataclass(frozen=True)
class Drill:
    """``play`` injects the fault; ``cannot`` says why this machine cannot do it, if so."""

    name: str
    words: str
    play: Callable[[Stage], None]
    place: MakesPlace = installed
    cannot: Callable[[], str] = lambda: ""


DRILLS = (
    Drill("kill", "web, workers and a subscriber are killed by -9 at random", killing.at_random),
    Drill("crash", "the database server is stopped at once, then killed", database.server_stopped),
    Drill("disk", "the disk of the data folder is full", disk.full, disk.small, disk.cannot),
    Drill(
        "failover",
        "the first server is killed and a standby takes over",
        failover.killed,
        standby.on_sockets,
    ),
    Drill(
        "cutoff",
        "the first server is cut off and a standby takes over",
        failover.cut_off,
        network.behind_a_cable,
        network.cannot,
    ),
    Drill("sessions", "sessions of the database end at random", database.sessions_ended),
    Drill("places", "all connections of the server are taken", database.all_places_taken),
    Drill("pool", "all connections of the doors are busy", database.all_clients_busy),
    Drill("replies", "replies to COMMIT are lost, late, half-closed", database.replies_lost),
    Drill(
        "clock", "the clock is an hour off, between processes and in mid-run", clocks.an_hour_apart
    ),
    Drill(
        "notices", "notices come twenty times, in any order, with forged ones", notices.twenty_times
    ),
    Drill("poison", "orders and a notice whose data makes their batch fail", notices.poison),
    Drill("versions", "two versions work while the tables change", versions.side_by_side),
    Drill("points", "a process is killed by -9 at every named fault point", killing.at_points),
)
