"""The first server is lost in mid-day and a standby takes over; nobody tells the house."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from time import monotonic

import psycopg

from daoda.config.postgres import APP_ROLE
from daoda.proving.drills.house import children
from daoda.proving.drills.network import Cut
from daoda.proving.drills.sale import Sale
from daoda.proving.drills.stage import Stage
from daoda.proving.drills.standby import Pair
from daoda.proving.drills.traffic import API_KEY, Traffic, order_ids

FOUND_S_MAX = 120.0
_THERE = """
SELECT (SELECT count(DISTINCT event_key) FROM payments_notice WHERE event_key = ANY (%(events)s)),
       (SELECT count(*) FROM orders_order WHERE id = ANY (%(orders)s))
"""


def killed(stage: Stage) -> None:
    """The first server and all its sessions are killed by -9."""
    where = stage.where
    assert isinstance(where, Pair)
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 2)
    pid = where.cluster.pid()
    assert pid is not None
    stage.fault("kill -9 of the first server and its sessions")
    for process in (pid, *children(pid)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    _take_over(stage, where)


def cut_off(stage: Stage) -> None:
    """The cable of the first server is pulled: it lives on, and nothing reaches it or us."""
    where = stage.where
    assert isinstance(where, Cut)
    stage.open_doors()
    stage.begin_day()
    stage.house.pause(stage.day_s / 2)
    stage.fault("pull the cable of the first server")
    where.cable.pull()
    _take_over(stage, where)
    running = where.cluster.running()
    stage.check("alive", running, "the server that was cut off lives on, apart from everybody")


def _take_over(stage: Stage, where: Pair) -> None:
    """The standby is promoted; how long it takes until something is answered and delivered."""
    lost = stage.faults[-1]
    stage.does("promote the standby")
    promoted_s = where.promote()
    answered, delivered = len(stage.traffic.times), stage.deliveries(where.standby)
    _acknowledged(stage, where, before=lost)
    stage.house.until(
        "something is answered again", lambda: len(stage.traffic.times) > answered,
        s_max=FOUND_S_MAX,
    )  # fmt: skip
    stage.house.until(
        "something is delivered again", lambda: stage.deliveries(where.standby) > delivered,
        s_max=FOUND_S_MAX,
    )  # fmt: skip
    interrupted_s = monotonic() - lost
    stage.figures["interruption_s"] = round(interrupted_s, 2)
    words = f"promoted in {promoted_s:.1f} s; {interrupted_s:.1f} s after the loss orders go out"
    stage.check("taken over", True, words)


def _acknowledged(stage: Stage, where: Pair, *, before: float) -> None:
    """What was answered before the loss is on the standby, before anybody could send it again."""
    notices, orders = _answered(stage.sale, stage.traffic, before)
    with psycopg.connect(where.standby.url(APP_ROLE), connect_timeout=5) as connection:
        params = {"events": notices, "orders": orders}
        there = connection.execute(_THERE, params).fetchone()
    asked = len(notices), len(orders)
    words = f"{asked[0]} notices and {asked[1]} orders answered before the loss: "
    stage.check("survived", there == asked, words + ("all there" if there == asked else f"{there}"))


def _answered(sale: Sale, traffic: Traffic, before: float) -> tuple[list[str], list[object]]:
    early = {key: one for key, one in traffic.answered.copy().items() if one.at < before}
    notices = [told.event for told in sale.told if told.key in early and not told.forger]
    return notices, list(order_ids([one for key, one in early.items() if key.startswith(API_KEY)]))
