"""The lamp shop as its buyers meet it: codes on the shelf, a top-up by hand, one way to pay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit import clock, ids, sql
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters import sandbox
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.models import Channel
from daoda.trade.stock import actions as stock

PAYMENTS = sql.load("daoda.trade.payments")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ME = "staff:" + "0" * 32
CONTACT = "li@example.com"
PASSWORD = "lamp-4711"
UID = "100234567"
FIELDS = [
    {
        "name": "uid",
        "type": "number",
        "label": {"zh": "角色编号", "en": "Player number"},
        "help": {"zh": "9 位数字", "en": "9 digits"},
        "length_min": 9,
        "length_max": 9,
    },
    {
        "name": "server",
        "type": "choice",
        "label": {"zh": "服务器", "en": "Server"},
        "choices": [
            {"value": "sky", "label": {"zh": "天空岛", "en": "Celestia"}},
            {"value": "tree", "label": {"zh": "世界树", "en": "Irminsul"}},
        ],
    },
]


@dataclass(frozen=True)
class Lamp:
    """The shop, what it sells and how it is paid."""

    shop: Shop
    card: Variant
    topup: Variant
    channel: Channel


@pytest.fixture
def lamp(db: None) -> Iterator[Lamp]:
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=LONG_AGO)
    with scope(shop.pk):
        yield furnish(shop)


@pytest.fixture
def browser(lamp: Lamp) -> Client:
    """A browser that speaks English at the lamp shop's door."""
    return visitor(lamp.shop)


def visitor(shop: Shop, **headers: Any) -> Client:
    """Someone else's browser at the shop's door."""
    return Client(HTTP_HOST=shop.hosts[0], HTTP_ACCEPT_LANGUAGE="en", **headers)


def furnish(shop: Shop) -> Lamp:
    """Put products on sale and codes on the shelf."""
    shelf = catalog.create_category(
        shop_id=shop.pk, slug="games", title="Game cards", actor=ME, now=LONG_AGO
    )
    card = _on_sale(
        shop, "steam", "code", "Steam card", {"category_id": shelf.pk, "how_to_use": "Type it in"}
    )
    topup = _on_sale(
        shop, "crystals", "topup", "Crystals", {"fields": FIELDS, "usage_notice": "China only"}
    )
    fill(shop, card, [f"STEAM-{number:04d}" for number in range(30)])
    return Lamp(shop, card, topup, _channel(shop))


def fill(shop: Shop, variant: Variant, codes: list[str]) -> None:
    """Codes on the shelf, by the way every import takes."""
    now = clock.now()
    row = stock.begin_import(
        shop_id=shop.pk,
        variant_id=variant.pk,
        content="\n".join(codes).encode(),
        layout=stock.Layout(),
        mode="all_or_nothing",
        actor=ME,
        now=now,
    )
    while stock.work_on_import(now=now, import_id=row.pk):
        pass


def _on_sale(shop: Shop, slug: str, kind: str, title: str, details: dict[str, Any]) -> Variant:
    product: Product = catalog.create_product(
        shop_id=shop.pk, kind=kind, slug=slug, title=title, actor=ME, now=LONG_AGO, details=details
    )
    variant = catalog.create_variant(
        product_id=product.pk, title="Hundred", price_fen=9_850, actor=ME, now=LONG_AGO
    )
    catalog.publish_product(product_id=product.pk, actor=ME, now=LONG_AGO)
    return variant


def _channel(shop: Shop) -> Channel:
    config = {"gateway": "https://pay.example", "merchant": "lamp", "key": "k" * 40}
    return payments.configure(
        shop_id=shop.pk,
        code="sandbox",
        adapter="sandbox",
        title="Sandbox",
        config=config,
        actor=ME,
        now=LONG_AGO,
    )


def ordered(lamp: Lamp, variant: Variant | None = None, **more: Any) -> Order:
    """An order just placed."""
    chosen = variant or lamp.card
    answers = {"uid": UID, "server": "sky"} if chosen == lamp.topup else {}
    wanted = orders.Wanted(
        shop_id=lamp.shop.pk,
        variant_id=chosen.pk,
        quantity=more.pop("quantity", 1),
        contact=CONTACT,
        password=PASSWORD,
        answers=answers,
    )
    return orders.place(wanted=wanted, actor="buyer", now=more.pop("now", clock.now()))


def paid(order: Order) -> Order:
    """The order once its money is there."""
    locked, now = orders.lock([order.pk])[order.pk], clock.now()
    money_came = orders.PaidOrder(locked, ids.uuid7(), shown_due_at=now + timedelta(days=2))
    orders.mark_paid([money_came], actor="machine:payments", now=now)
    return again(order)


def money(lamp: Lamp, order: Order, amount_fen: int, *, trade_no: str) -> Order:
    """The order once the channel has told of this much money, in a signed notice."""
    now = clock.now()
    here = payments.Addresses("http://lamp.example", "http://lamp.example/o", "192.0.2.1")
    payment, _page = payments.start(
        order=again(order), channel=lamp.channel, addresses=here, now=now
    )
    prepared = payments.prepare(
        shop_id=lamp.shop.pk,
        channel_id=lamp.channel.pk,
        adapter=payments.adapter_of(lamp.channel),
        notice=_signed(payment.pk.hex, amount_fen, trade_no, now),
        now=now,
    )
    sql.count(PAYMENTS.store_notices, payments.columns([prepared], now))
    payments.settle_batch(now=clock.now())
    return again(order)


def _signed(number: str, amount_fen: int, trade_no: str, now: datetime) -> Notice:
    body = json.dumps(
        {
            "kind": "notice",
            "event": f"E-{trade_no}",
            "merchant": "lamp",
            "number": number,
            "status": "paid",
            "trade_no": trade_no,
            "amount_fen": amount_fen,
            "currency": "CNY",
            "paid_at": now.isoformat(),
            "payer": "13800138000",
        }
    ).encode()
    stamp, nonce = str(int(now.timestamp())), "0123456789abcdef"
    values = (stamp, nonce, sandbox.sign("k" * 40, stamp, nonce, body))
    return Notice("POST", dict(zip(sandbox.HEADERS, values, strict=True)), "", body)


def delivered(order: Order) -> Order:
    """The order once its codes are there."""
    paid(order)
    fulfilment.deliver_batch(now=clock.now())
    return again(order)


def again(order: Order) -> Order:
    """The order as it is now."""
    found = queries.get(order.pk)
    assert found is not None
    return found


def href(order: Order) -> str:
    """The link that opens an order."""
    return reverse("buyer:order", args=[queries.link_token(order.pk)])


def text(response: Any) -> str:
    """What a page says, without its markup and with single blanks."""
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare)


def draft_of(response: Any) -> str:
    """The sealed draft a confirmation page carries."""
    found = re.search(r'name="draft" value="([^"]+)"', response.content.decode())
    assert found, text(response)
    return found[1]


def order_of(response: Any) -> Order:
    """The order a redirect leads to."""
    order_id = queries.id_of_link(response["Location"].split("/")[2])
    assert isinstance(order_id, UUID)
    found: Order = Order.everywhere.get(pk=order_id)
    return found
