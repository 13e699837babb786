"""The lean doors of a running web process: notices answered exactly, pages told at once."""

from __future__ import annotations

import http.client
import statistics
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.db import connections

from daoda.proving.simulators.alipay_gateway import AlipayVendor
from daoda.proving.simulators.courier import Vendor
from daoda.proving.simulators.epay_gateway import EpayVendor
from daoda.proving.simulators.running import Keys
from daoda.proving.simulators.sandbox import SandboxVendor
from daoda.proving.simulators.stripe_gateway import StripeVendor
from daoda.proving.simulators.trades import Event, Flaw, Payment, Trade
from daoda.proving.simulators.wechatpay_gateway import WechatPayVendor
from daoda.records.journal import queries as journal
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments.adapters.base import Notice as Told
from daoda.trade.payments.models import Notice
from tests.flows.town import HOST, PATIENCE_S, PLAYED, Town, until

LINES_MAX = 6
# What each channel wants to hear: (status, type, body) when taken, and when not.
ANSWERS = {
    "sandbox": (
        (200, "application/json", b'{"accepted":true}'),
        (400, "application/json", b'{"accepted":false}'),
    ),
    "alipay": (
        (200, "text/plain; charset=utf-8", b"success"),
        (200, "text/plain; charset=utf-8", b"failure"),
    ),
    "epay": (
        (200, "text/plain; charset=utf-8", b"success"),
        (200, "text/plain; charset=utf-8", b"fail"),
    ),
    "wechatpay": (
        (200, "application/json", b'{"code":"SUCCESS"}'),
        (401, "application/json", b'{"code":"FAIL","message":"not accepted"}'),
    ),
    "stripe": (
        (200, "application/json", b'{"received":true}'),
        (400, "application/json", b'{"received":false}'),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def served(town: Town) -> None:
    town.open_web()


class Gateway:
    """A channel's own way to sign, and the shop's channel to it."""

    def __init__(self, town: Town, code: str) -> None:
        keys = PLAYED[code][1]()
        config = {**keys["channel"], "gateway": "http://127.0.0.1:1"}
        self.channel = town.configure(code, config)
        self.vendor = VENDORS[code](keys)
        self.town = town

    def notice(self, event_id: str, flaw: Flaw = "") -> Told:
        """What it sends about a payment of some number."""
        self.town.now()
        now = self.town.world.now
        payment = Payment(f"T{event_id}", 100, "CNY", now.isoformat(), "2088000000004711")
        door = f"http://{HOST}/inbound/{self.channel.pk.hex}"
        trade = Trade("e" * 32, 100, "CNY", "x", door, "", now.isoformat())
        event = Event(event_id, "paid", payment, flaw)
        call = self.vendor.notice(trade, event, now)
        return Told(call.method, call.headers, urlsplit(call.url).query, call.body)


VENDORS: dict[str, Callable[[Keys], Vendor]] = {
    "sandbox": lambda keys: SandboxVendor(keys["channel"]),
    "alipay": AlipayVendor,
    "epay": lambda keys: EpayVendor(keys["channel"]),
    "wechatpay": WechatPayVendor,
    "stripe": lambda keys: StripeVendor(keys["channel"]),
}


@pytest.fixture(scope="module", params=ANSWERS)
def gateway(town: Town, request: pytest.FixtureRequest) -> Gateway:
    return Gateway(town, request.param)


def test_each_channel_hears_exactly_what_it_wants_also_for_repeats(town, gateway):
    taken, refused = ANSWERS[gateway.channel.adapter]
    true = gateway.notice(uuid.uuid4().hex)
    forged = gateway.notice(uuid.uuid4().hex, "forged")
    before = Notice.everywhere.count()
    for notice, expected in [(true, taken), (forged, refused)] * 3:
        answer = town.tell(notice, gateway.channel)
        assert (answer.status, answer.headers["content-type"], answer.body) == expected
        assert answer.headers["cache-control"] == "no-store"
    assert Notice.everywhere.count() == before + 2


def test_a_probe_of_wechat_is_never_answered_with_success(town):
    gateway = Gateway(town, "wechatpay")
    answer = town.tell(gateway.notice(uuid.uuid4().hex, "probe"), gateway.channel)
    assert answer.status == 401
    assert Notice.everywhere.latest("received_at").verdict == "probe"


def test_a_body_too_long_is_refused_and_not_kept(town):
    before = Notice.everywhere.count()
    door = f"/inbound/{town.world.channel.pk.hex}"
    assert town.send("POST", door, b"x" * (64 * 1024 + 1)).status == 413
    assert Notice.everywhere.count() == before
    assert town.send("POST", door, b"x" * (64 * 1024)).status == 400


@pytest.mark.parametrize("address", ["0" * 32, "nonsense", "", "../healthz", "%00", "é"])
def test_an_unknown_channel_is_not_there(town, address):
    assert town.send("POST", f"/inbound/{quote(address)}", b"x").status == 404


def test_without_the_database_nothing_is_taken_and_afterwards_nothing_is_lost(town):
    town.now()
    notice = town.world.notice("f" * 32, event="through-the-storm")
    with database_gone(town):
        assert town.tell(notice).status == 503
        assert town.send("GET", "/readyz").status == 503
        assert town.send("GET", "/healthz").status == 200
    until(lambda: town.tell(notice).status == 200, what="the channel's repeat is taken")
    assert town.tell(notice).status == 200
    assert Notice.everywhere.filter(event_key="through-the-storm").count() == 1
    until(lambda: listens(town), what="the live door has come back too")


@contextmanager
def database_gone(town: Town) -> Iterator[None]:
    """Nobody but us reaches the town's database for a while."""
    connections.close_all()
    name = town.db.name
    with psycopg.connect(town.server_url, autocommit=True) as superuser:
        superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            yield
        finally:
            superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


class Page:
    """An open order page that listens for changes."""

    def __init__(self, town: Town, token: str, *, seen: str = "") -> None:
        self._caller = http.client.HTTPConnection(HOST, town.port, timeout=PATIENCE_S)
        headers = {"last-event-id": seen} if seen else {}
        self._caller.request("GET", f"/live/orders/{quote(token)}", headers=headers)
        self._answer = self._caller.getresponse()
        self.status, self.type = self._answer.status, self._answer.getheader("content-type")

    def next_id(self) -> str:
        """The id of the next event; heartbeats are passed over for a while."""
        for _ in range(LINES_MAX):
            line = self._answer.readline()
            assert line, "the stream has ended"
            if line.startswith(b"id: "):
                return line[4:].strip().decode()
        raise AssertionError("nothing but heartbeats")

    def wait_for(self, fact: str) -> None:
        until(lambda: self.next_id() == fact, what=f"the page hears of {fact}")

    def close(self) -> None:
        self._answer.close()
        self._caller.close()


def listens(town: Town) -> bool:
    """Whether a page that asks is listened to."""
    page = Page(town, orders.link_token(uuid.uuid4()))
    page.close()
    return page.status == 200


def paid_order(town: Town) -> Order:
    town.now()
    town.world.stock_up(uuid.uuid4().hex)
    order = town.world.place(contact=f"{uuid.uuid4().hex[:8]}@example.cn")
    return town.world.pay(order)


def test_an_open_page_hears_of_its_delivery_within_a_second(town):
    waits_s = []
    for _ in range(3):
        order = paid_order(town)
        page = Page(town, orders.link_token(order.pk), seen=journal.newest_id(order.pk))
        assert (page.status, page.type) == (200, "text/event-stream; charset=utf-8")
        until(lambda: town.viewers() == 1, what="the page is counted")
        town.now()
        town.world.work()
        delivered_at = monotonic()
        page.wait_for(journal.newest_id(order.pk))
        waits_s.append(monotonic() - delivered_at)
        page.close()
        until(lambda: town.viewers() == 0, what="a page that left is forgotten")
    assert statistics.median(waits_s) < 1.0, waits_s


def test_a_page_that_was_away_hears_of_what_it_missed(town):
    order = paid_order(town)
    seen = journal.newest_id(order.pk)
    town.now()
    town.world.work()
    missed = journal.newest_id(order.pk)
    assert missed != seen
    page = Page(town, orders.link_token(order.pk), seen=seen)
    page.wait_for(missed)
    page.close()


def test_a_page_hears_of_no_order_but_its_own(town):
    mine, others = paid_order(town), paid_order(town)
    page = Page(town, orders.link_token(mine.pk), seen=journal.newest_id(mine.pk))
    town.now()
    town.world.work()
    heard = {page.next_id()}
    page.wait_for(journal.newest_id(mine.pk))
    assert not heard & {fact.pk.hex for fact in journal.history(others.pk)}
    page.close()


def test_a_link_we_did_not_make_leads_nowhere(town):
    order = paid_order(town)
    token = orders.link_token(order.pk)
    other = paid_order(town)
    forged = other.pk.hex + token[32:]
    for wrong in (forged, order.pk.hex, token[:-1], token + "x", "", "..", "%00"):
        page = Page(town, wrong)
        assert page.status == 404, wrong
        page.close()
