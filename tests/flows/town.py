"""The house as it runs: web and worker as processes of their own, channels on real sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web
from conftest import Database

from daoda.kit import clock
from daoda.proving.simulators import (
    alipay_gateway,
    epay_gateway,
    sandbox,
    stripe_gateway,
    wechatpay_gateway,
)
from daoda.proving.simulators.courier import Options, wall_clock
from daoda.proving.simulators.running import Keys
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.models import Channel, Payment
from tests.flows.world import OPERATOR, World

HOST = "127.0.0.1"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Answered:
    """What came back over the socket."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


def until(true: Callable[[], Any], *, what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer. AssertionError when none comes in time."""
    ends_at = monotonic() + patience_s
    while not (found := true()):
        assert monotonic() < ends_at, f"not within {patience_s} s: {what}"
        sleep(0.02)
    return found


@dataclass
class Running:
    """A process of the house and what it wrote."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Kill -9; as sudden as a power cut."""
        self.process.kill()
        self.process.wait(10)

    def died(self, *, patience_s: float = PATIENCE_S) -> int:
        """Wait until it has ended by itself; its status."""
        return self.process.wait(patience_s)

    def end(self) -> int:
        """Ask it to end and wait; its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@dataclass
class Town:
    """A database of its own, a shop in it, and the processes that serve it."""

    db: Database
    folder: Path
    world: World
    port: int = 0
    started: list[Running] = field(default_factory=list)
    reserved: socket.socket | None = None

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def now(self) -> None:
        """Bring the world's clock to the database's; it never goes back."""
        self.world.now = max(self.world.now + timedelta(milliseconds=2), clock.now())

    def start(self, command: str, *words: str, **variables: str) -> Running:
        """A process ``daoda <command>``."""
        log = self.folder / f"{command}-{len(self.started)}.log"
        env = {
            **os.environ,
            "DATABASE_URL": self.db.url,
            "DATABASE_OWNER_URL": self.db.owner_url,
            "DAODA_DATA": str(self.folder),
            "DAODA_PORT": str(self.port),
            "DAODA_LOG_LEVEL": "INFO",
            **variables,
        }
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "daoda.config.cli", command, *words],
                env=env, stdout=file, stderr=file, cwd=self.folder,
            )  # fmt: skip
        running = Running(process, log)
        self.started.append(running)
        return running

    def _reserve_port(self) -> None:
        """Keep a port for as long as the town stands.

        The server shares its port with whoever asks for that (SO_REUSEPORT): a number merely
        found free could be found by the other test process too, and both would be served by
        either. A socket that is bound and does not listen keeps others out and takes no call.
        """
        self.reserved = socket.socket()
        self.reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.reserved.bind((HOST, 0))
        self.port = self.reserved.getsockname()[1]

    def open_web(self) -> Running:
        """Start serving; returns once it answers."""
        if not self.port:
            self._reserve_port()
        running = self.start("web")
        until(lambda: self._ready(running), what=f"web is ready: {running.log}")
        return running

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answered:
        """One request on a connection of its own."""
        caller = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_S)
        try:
            caller.request(method, path, body=body or None, headers=dict(headers or {}))
            answer = caller.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            cookies = tuple(answer.headers.get_all("set-cookie", []))
            return Answered(answer.status, named, answer.read(), cookies)
        finally:
            caller.close()

    def tell(self, notice: Notice, channel: Channel | None = None) -> Answered:
        """Send a notice to the door of a channel."""
        door = f"/inbound/{(channel or self.world.channel).pk.hex}"
        path = f"{door}?{notice.query}" if notice.query else door
        return self.send(notice.method, path, notice.body, notice.headers)

    def said(self) -> str:
        """Everything the processes wrote, in one text."""
        return "\n".join(running.log.read_text("utf-8") for running in self.started)

    def configure(self, code: str, config: Mapping[str, object]) -> Channel:
        """A channel of the shop, of the adapter of the same name."""
        return payments.configure(
            shop_id=self.world.shop.pk, code=f"{code}-x", adapter=code, title=code, config=config,
            actor=OPERATOR, now=self.world.now,
        )  # fmt: skip

    @property
    def server_url(self) -> str:
        """The superuser's way to the server, beside the town's own database."""
        return urlunsplit(urlsplit(self.db.superuser_url)._replace(path="/postgres"))

    def viewers(self) -> int:
        """How many pages listen."""
        counted = re.search(rb"^daoda_live_viewers ([0-9.]+)$", self.metrics(), re.MULTILINE)
        return int(float(counted[1])) if counted else -1

    def metrics(self) -> bytes:
        return self.send("GET", "/metrics").body

    def close(self) -> None:
        """End everything that still runs."""
        for running in self.started:
            if running.process.poll() is None:
                running.kill()
        if self.reserved is not None:
            self.reserved.close()

    def _ready(self, running: Running) -> bool:
        assert running.process.poll() is None, running.log.read_text("utf-8")
        try:
            return self.send("GET", "/readyz").status == 200
        except OSError:
            return False


PLAYED: dict[str, tuple[Callable[..., web.Application], Callable[[], Keys], str]] = {
    "sandbox": (sandbox.make_app, sandbox.new_keys, ""),
    "alipay": (alipay_gateway.make_app, alipay_gateway.new_keys, "/gateway.do"),
    "epay": (epay_gateway.make_app, epay_gateway.new_keys, ""),
    "wechatpay": (wechatpay_gateway.make_app, wechatpay_gateway.new_keys, ""),
    "stripe": (stripe_gateway.make_app, stripe_gateway.new_keys, ""),
}


class Played:
    """A simulated channel on a socket of this machine, in a thread; it can fall silent."""

    def __init__(self, code: str, *, clock: Callable[[], datetime] = wall_clock) -> None:
        self._make_app, new_keys, self._path = PLAYED[code]
        self.code, self.keys, self.port = code, new_keys(), 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        options = Options(retry_scale=0.001, clock=clock)
        self._app = web.AppRunner(self._make_app(self.keys, options))
        self._wait(self._app.setup())
        self.speak()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def speak(self) -> None:
        """Listen, at the same place as before."""
        self._site = web.TCPSite(self._app, HOST, self.port)
        self._wait(self._site.start())
        (bound,) = self._app.addresses
        self.port = bound[1]

    def fall_silent(self) -> None:
        """Refuse every connection."""
        self._wait(self._site.stop())

    def close(self) -> None:
        self._wait(self._app.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def channel(self, world: World, **settings: str) -> Channel:
        """The shop's channel to this gateway."""
        return payments.configure(
            shop_id=world.shop.pk, code=self.code, adapter=self.code, title=self.code,
            config={**self.keys["channel"], "gateway": self.address + self._path, **settings},
            actor=OPERATOR, now=world.now,
        )  # fmt: skip

    def play(self, payment: Payment, do: str, **more: Any) -> list[str]:
        """Let something happen to a trade; the events the channel will tell."""
        asked = json.dumps({"number": payment.pk.hex, "do": do, **more}).encode()
        answer = self._call("POST", "/_play", asked)
        return list(json.loads(answer)["events"])

    def play_refunds(self, payment: Payment, *plays: str) -> None:
        """What is to happen to the next refunds of a trade."""
        asked = json.dumps({"number": payment.pk.hex, "plays": plays}).encode()
        self._call("POST", "/_refunds", asked)

    def trade(self, payment: Payment) -> dict[str, Any]:
        """What the channel remembers."""
        found: dict[str, Any] = json.loads(self._call("GET", "/_trades"))[payment.pk.hex]
        return found

    def opened(self, url: str) -> None:
        """A browser opens the pay page; where there is none, WeChat's scanner reads a code."""
        if url:
            parts = urlsplit(url)
            ready = parts.path.startswith("/trade/")
            self._call("GET", f"{parts.path}?{parts.query}", expected=200 if ready else 303)

    def _call(self, method: str, path: str, body: bytes = b"", *, expected: int = 200) -> bytes:
        caller = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE_S)
        try:
            headers = {"content-type": "application/json"} if body else {}
            caller.request(method, path, body=body or None, headers=headers)
            answer = caller.getresponse()
            said = answer.read()
            assert answer.status == expected, said
            return said
        finally:
            caller.close()

    def _wait(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(PATIENCE_S)


def open_payment(town: Town, played: Played, channel: Channel, order: Order) -> Payment:
    """She chooses a channel and opens its page."""
    town.now()
    order = Order.everywhere.select_related("product").get(pk=order.pk)
    payment, page = payments.start(
        order=order,
        channel=channel,
        addresses=payments.Addresses(town.base, f"{town.base}/o", "203.0.113.9"),
        now=town.world.now,
    )
    played.opened(page.url)
    return payment


@contextmanager
def opened(db: Database, folder: Path, world: World) -> Iterator[Town]:
    """A town whose processes are ended whatever happens."""
    town = Town(db, folder, world)
    try:
        yield town
    finally:
        town.close()
