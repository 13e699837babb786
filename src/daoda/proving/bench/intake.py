"""Intake: signed notices over HTTP, answered after they are stored; then settled and delivered.

First a burst at full speed: notices answered a second by one web process, and the seconds until
the last of their orders is delivered by one worker. Then half that rate for some seconds: how
long an answer takes. The load comes from this machine and takes its share of the cores.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import load
from daoda.proving.bench.place import Place
from daoda.proving.bench.seeding import PRICE_FEN, open_shop, seed_unpaid, settle_down
from daoda.proving.simulators.sandbox import SandboxVendor

CONNECTIONS = 64
SHARED = {"merchant": "bench", "key": "b" * 48}
READY_S_MAX = 30.0
DELIVERED_S_MAX = 300.0


def measure(place: Place, *, notices: int, steady_s: int) -> dict[str, Any]:
    """Burst of ``notices``, then half its rate for ``steady_s`` seconds."""
    from daoda.kit import clock
    from daoda.trade.payments import actions as payments

    shelf = open_shop(clock.now())
    channel = payments.configure(
        shop_id=shelf.shop_id, code="sandbox", adapter="sandbox", title="Sandbox",
        config={**SHARED, "gateway": "http://127.0.0.1:1"}, actor="machine:bench",
        now=clock.now(),
    )  # fmt: skip

    def prepare(count: int) -> list[bytes]:
        now = clock.now()
        numbers = seed_unpaid(place.url, shelf, channel.pk, count, now)
        settle_down(place.superuser_url)
        return list(_requests(channel.pk, numbers, clock.now()))

    port = _free_port()
    with _running("web", port), _running("worker", port):
        _wait_until_ready(port)
        warm = asyncio.run(load.fire(port, prepare(500), connections=8))
        burst_requests = prepare(notices)
        started = monotonic()
        burst = asyncio.run(load.fire(port, burst_requests, connections=CONNECTIONS))
        delivered_s = _until_delivered(place, warm.answered + burst.answered, started)
        rate = burst.answered / burst.seconds / 2
        steady_requests = prepare(int(rate * steady_s))
        steady = asyncio.run(load.fire(port, steady_requests, connections=CONNECTIONS, per_s=rate))
        _until_delivered(place, warm.answered + burst.answered + steady.answered, monotonic())
    return {
        "notices": notices,
        "connections": CONNECTIONS,
        "refused": burst.refused + steady.refused,
        "answered_per_s": round(burst.answered / burst.seconds),
        "answered_all_s": round(burst.seconds, 2),
        "delivered_all_s": round(delivered_s, 2),
        "steady_per_s": round(rate),
        "steady_s": steady_s,
        "steady_p50_ms": round(steady.quantile_ms(0.50), 1),
        "steady_p99_ms": round(steady.quantile_ms(0.99), 1),
    }


def _requests(
    channel_id: uuid.UUID, numbers: Sequence[uuid.UUID], now: datetime
) -> Iterator[bytes]:
    vendor = SandboxVendor(SHARED)
    for number in numbers:
        body = {
            "kind": "notice", "event": f"E{number.hex}", "merchant": SHARED["merchant"],
            "number": number.hex, "status": "paid", "trade_no": f"T{number.hex}",
            "amount_fen": PRICE_FEN, "currency": "CNY", "paid_at": now.isoformat(),
            "payer": "bench***",
        }  # fmt: skip
        headers, raw = vendor.seal(body, now)
        yield load.post(f"/inbound/{channel_id.hex}", headers, raw)


@contextmanager
def _running(command: str, port: int) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "daoda.config.cli", command],
        env={**os.environ, "DAODA_PORT": str(port)},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(port: int) -> None:
    ends_at = monotonic() + READY_S_MAX
    while monotonic() < ends_at:
        try:
            socket.create_connection((load.HOST, port), timeout=1).close()
            return
        except OSError:
            sleep(0.1)
    raise RuntimeError("the web process did not come up; its output says why")


def _until_delivered(place: Place, orders: int, started: float) -> float:
    with psycopg.connect(place.url, autocommit=True) as connection:
        while monotonic() - started < DELIVERED_S_MAX:
            row = connection.execute(
                "SELECT count(*) FROM orders_order WHERE state = 'delivered'"
            ).fetchone()
            if row is not None and row[0] >= orders:
                return monotonic() - started
            sleep(0.2)
    raise RuntimeError("answered notices were not all delivered")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind((load.HOST, 0))
        port: int = trial.getsockname()[1]
        return port
