"""What is planted as a secret stands in no line that web or worker write, whatever goes wrong."""

from __future__ import annotations

import re
from dataclasses import replace

import psycopg
import pytest
from django.db import connections

from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Level
from tests.flows.town import Answered, Town, until
from tests.flows.world import KEY, OPERATOR

CODE = "PLANTED-CODE-7731-AAAA"
PASSWORD = "planted-password-7731"
CONTACT = "planted-7731@example.cn"
FIELD = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """A buyer's browser at the shop's door."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answered:
        return self._send("GET", path)

    def post(self, path: str, form: bytes, page: Answered) -> Answered:
        token = FIELD.search(page.body)
        assert token, page.body
        return self._send("POST", path, form + b"&csrfmiddlewaretoken=" + token[1])

    def _send(self, method: str, path: str, body: bytes = b"") -> Answered:
        headers = {
            "host": "testserver",
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "content-type": "application/x-www-form-urlencoded",
        }
        answer = self.town.send(method, path, body, headers)
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


@pytest.fixture
def lived(town: Town) -> list[str]:
    """A day with everything in it that could make somebody log too much; the secrets of it."""
    town.open_web()
    worker = town.start("worker")
    order = bought(town)
    browser = Browser(town)
    revealed(browser, order)
    poisoned(town)
    cut_off(town)
    until(lambda: "loop_failed" in worker.log.read_text("utf-8"), what="the worker noticed")
    assert worker.end() == 0
    return [CODE, PASSWORD, CONTACT, KEY, orders.link_token(order.pk), *browser.cookies.values()]


def bought(town: Town) -> Order:
    """From the import by the worker to a delivered order, with notices of every sort between."""
    town.now()
    world = town.world
    stock.begin_import(
        shop_id=world.shop.pk, variant_id=world.steam.pk, content=CODE.encode(),
        layout=stock.Layout(), mode="all_or_nothing", actor=OPERATOR, now=world.now,
    )  # fmt: skip
    until(lambda: Level.everywhere.filter(available=1).exists(), what="the worker imports")
    order = world.place(contact=CONTACT, password=PASSWORD)
    true = world.notice(world.start(order), payer=CONTACT)
    lies = [
        replace(true, body=true.body.replace(b"9800", b"9801")),
        replace(true, headers={}, body=f"key={KEY}&code={CODE}&contact={CONTACT}".encode()),
        replace(true, headers={}, query=f"password={PASSWORD}&sign={KEY}", body=b""),
        replace(true, body=(CODE * 5000).encode()),
    ]
    assert [town.tell(notice).status for notice in lies] == [400, 400, 400, 413]
    assert town.tell(true).status == 200
    until(lambda: world.again(order).state == "delivered", what="the worker delivers")
    return order


def revealed(browser: Browser, order: Order) -> None:
    """She finds her order, once with a wrong password, and looks at her code."""
    page = browser.get("/find")
    form = f"by=number&number={order.number}&password="
    assert browser.post("/find", f"{form}{PASSWORD}x".encode(), page).status == 404
    found = browser.post("/find", f"{form}{PASSWORD}".encode(), page)
    assert found.status == 302
    there = found.headers["location"]
    page = browser.get(there)
    shown = browser.post(f"{there.partition('?')[0]}/codes/reveal", b"", page)
    assert CODE.encode() in shown.body, "the buyer sees it, the logs do not"


def poisoned(town: Town) -> None:
    """An order that cannot be delivered: the worker says so with all it knows."""
    town.now()
    world = town.world
    world.stock_up(f"{CODE}-2")  # or the worker does it, if it is quicker
    until(lambda: Level.everywhere.filter(available=1).exists(), what="it is on the shelf")
    order = world.place(contact=CONTACT, password=PASSWORD)
    with psycopg.connect(town.db.superuser_url, autocommit=True) as superuser:
        superuser.execute(
            "INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)"
            " VALUES (%s, %s, 1, 'stock', 'x', now())",
            [order.pk, world.shop.pk],
        )
    assert town.tell(world.notice(world.start(order), payer=CONTACT)).status == 200
    until(lambda: world.again(order).state == "held", what="it is held")


def cut_off(town: Town) -> None:
    """Every connection is lost in the middle of the day."""
    connections.close_all()
    with psycopg.connect(town.server_url, autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [town.db.name],
        )


def test_no_planted_secret_is_in_any_log(town, lived):
    said = town.said()
    for event in ("worker_started", "order_cannot_be_delivered", "loop_failed"):
        assert event in said, "the logs were looked at where something stands in them"
    assert [secret for secret in lived if secret in said] == []
    assert "Traceback" in said
