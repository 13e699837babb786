"""The first server is lost in mid-day and a standby takes over; nobody tells the house."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from daoda.proving.drills.house import children
from daoda.proving.drills.network import Cut
from daoda.proving.drills.stage import Stage
from daoda.proving.drills.standby import Pair

FOUND_S_MAX = 120.0


def killed(stage: Stage) -> None:
    """The first server and all its sessions are killed by -9."""
    where = stage.where
    assert isinstance(where, Pair)
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 2)
    pid = where.cluster.pid()
    assert pid is not None
    stage.fault()
    for process in (pid, *children(pid)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    _take_over(stage, where)


def _take_over(stage: Stage, where: Pair) -> None:
    """The standby is promoted; how long it takes until something is answered and delivered."""
    answered, delivered = len(stage.traffic.times), stage.deliveries(where.standby)
    promoted_s = where.promote()
    found_s = stage.house.until(
        "something is answered again", lambda: len(stage.traffic.times) > answered,
        s_max=FOUND_S_MAX,
    )  # fmt: skip
    found_s += stage.house.until(
        "something is delivered again", lambda: stage.deliveries(where.standby) > delivered,
        s_max=FOUND_S_MAX,
    )  # fmt: skip
    words = f"promoted in {promoted_s:.1f} s; {found_s:.1f} s later deliveries go on"
    stage.check("taken over", True, words)


def cut_off(stage: Stage) -> None:
    """The cable of the first server is pulled: it lives on, and nothing reaches it or us."""
    where = stage.where
    assert isinstance(where, Cut)
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 2)
    stage.fault()
    where.cable.pull()
    _take_over(stage, where)
    running = where.cluster.running()
    stage.check("alive", running, "the server that was cut off lives on, apart from everybody")
