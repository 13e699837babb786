"""The lamp shop on a working day: goods on the shelf, a channel, orders in every state, staff."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.doors.web.staff.tests.world import walked_in
from daoda.kit import clock, sql
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.adapters.sandbox import sign
from daoda.trade.payments.models import Channel, Payment
from daoda.trade.stock import actions as stock

SQL = sql.load("daoda.trade.payments")
KEY = "k" * 40
ACTOR = "machine:test"
ACCOUNT = {"name": "account", "type": "phone", "label": {"zh": "手机号", "en": "Phone"}}
WORD = {"name": "word", "type": "text", "label": {"zh": "口令", "en": "Word"}, "secret": True}


@dataclass
class World:
    """What a story needs to point at."""

    shop: Shop
    now: datetime
    codes: Variant
    plan: Variant
    channel: Channel

    def place(self, *, variant: Variant | None = None, contact: str = "lilei@example.cn") -> Order:
        """Somebody orders one."""
        chosen = variant or self.codes
        typed = {"account": "13800138000", "word": "sesame"} if chosen == self.plan else {}
        with scope(self.shop.pk):
            return orders.place(
                wanted=orders.Wanted(
                    shop_id=self.shop.pk, variant_id=chosen.pk, quantity=1, contact=contact,
                    password="sesame", answers=typed,
                ),
                actor="buyer", now=self.now,
            )  # fmt: skip

    def start(self, order: Order) -> Payment:
        """She opens the channel's page."""
        found = Order.everywhere.select_related("product").get(pk=order.pk)
        addresses = payments.Addresses("http://shop", "http://shop/o", "127.0.0.1")
        started, _page = payments.start(
            order=found, channel=self.channel, addresses=addresses, now=self.now
        )
        return started

    def notice(self, number: str, amount_fen: int, *, key: str = KEY, trade: str = "") -> None:
        """The channel tells of money."""
        body = json.dumps(
            {
                "kind": "notice", "event": uuid.uuid4().hex, "merchant": "m-1", "number": number,
                "status": "paid", "trade_no": trade or f"T{number[-20:]}", "currency": "CNY",
                "amount_fen": amount_fen, "paid_at": self.now.isoformat(), "payer": "li***@x.cn",
            }
        ).encode()  # fmt: skip
        stamp, nonce = str(int(self.now.timestamp())), "n" * 24
        headers = {
            "sandbox-timestamp": stamp,
            "sandbox-nonce": nonce,
            "sandbox-signature": sign(key, stamp, nonce, body),
        }
        prepared = payments.prepare(
            shop_id=self.shop.pk, channel_id=self.channel.pk,
            adapter=payments.adapter_of(self.channel),
            notice=Notice("POST", headers, "", body), now=self.now,
        )  # fmt: skip
        sql.count(SQL.store_notices, payments.columns([prepared], self.now))

    def buy(self, *, variant: Variant | None = None, **more: Any) -> Order:
        """Order, pay, and let the worker work."""
        order = self.place(variant=variant, **more)
        self.notice(self.start(order).pk.hex, order.amount_fen)
        self.work()
        return self.again(order)

    def work(self) -> None:
        """All that the worker has to do now."""
        while payments.settle_batch(now=self.now) + fulfilment.deliver_batch(now=self.now):
            pass

    def again(self, order: Order) -> Order:
        """The order as it stands now."""
        found: Order = Order.everywhere.get(pk=order.pk)
        return found

    def stock_up(self, *codes: str) -> None:
        """Codes on the shelf."""
        stock.begin_import(
            shop_id=self.shop.pk, variant_id=self.codes.pk, content="\n".join(codes).encode(),
            layout=stock.Layout(), mode="all_or_nothing", actor=ACTOR, now=self.now,
            key=uuid.uuid4().hex,
        )  # fmt: skip
        while stock.work_on_import(now=self.now):
            pass


@pytest.fixture
def world(lamp: Shop) -> World:
    """Ten codes on the shelf, a membership done by hand, the simulated channel."""
    now = clock.now() - timedelta(minutes=2)
    with scope(lamp.pk):
        codes = _sell(lamp, "code", "steam", "Steam", 9800, now)
        plan = _sell(lamp, "membership", "video", "Video", 2500, now, fields=[ACCOUNT, WORD])
        channel = payments.configure(
            shop_id=lamp.pk, code="sandbox", adapter="sandbox", title="Sandbox", actor=ACTOR,
            config={"gateway": "https://pay.example", "merchant": "m-1", "key": KEY}, now=now,
        )  # fmt: skip
    world = World(lamp, now, codes, plan, channel)
    world.stock_up(*(f"CODE-{n:04d}" for n in range(10)))
    return world


@pytest.fixture
def operator(lamp: Shop) -> Client:
    """A browser in which the operator has signed in."""
    return walked_in(lamp, "wei", Role.OPERATOR)


def _sell(
    shop: Shop, kind: str, slug: str, title: str, fen: int, now: datetime, **details: Any
) -> Variant:
    product: Product = catalog.create_product(
        shop_id=shop.pk, kind=kind, slug=slug, title=title, details=details, actor=ACTOR, now=now
    )
    variant = catalog.create_variant(
        product_id=product.pk, title="One", price_fen=fen, actor=ACTOR, now=now
    )
    catalog.publish_product(product_id=product.pk, actor=ACTOR, now=now)
    found: Variant = Variant.objects.select_related("product").get(pk=variant.pk)
    return found


def at(name: str, *args: object) -> str:
    """An address of the desk."""
    return reverse(f"desk:{name}", args=args)


def facts(subject_id: object) -> list[str]:
    """What was told of a thing, in order."""
    found = Fact.everywhere.filter(subject_id=subject_id).order_by("at", "xid", "id")
    return list(found.values_list("kind", flat=True))
