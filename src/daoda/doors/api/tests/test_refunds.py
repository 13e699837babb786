"""Refunds as a program decides and reads them."""

from __future__ import annotations

import json
import uuid

import pytest

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.doors.api.tests.world import BOSS, Program, on_sale, token
from daoda.kit import clock, sql
from daoda.records.accounts.roles import Scope
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.adapters.sandbox import sign
from daoda.trade.payments.models import Refund

KEY = "k" * 40
PRICE = 1990


def bought(shop: Shop, variant: Variant) -> Order:
    """An order whose money has come, delivered if there are codes."""
    now = clock.now()
    channel = payments.configure(
        shop_id=shop.pk, code="sandbox", adapter="sandbox", title="Sandbox", actor=BOSS,
        config={"gateway": "http://127.0.0.1:1", "merchant": "m-1", "key": KEY}, now=now,
    )  # fmt: skip
    order = orders.place(
        wanted=orders.Wanted(
            shop_id=shop.pk, variant_id=variant.pk, quantity=1, contact="lilei@example.cn",
            password="sesame", answers={},
        ),
        actor="buyer", now=now,
    )  # fmt: skip
    payment, _page = payments.start(
        order=Order.objects.select_related("product").get(pk=order.pk), channel=channel,
        addresses=payments.Addresses("http://shop", "http://shop/o", "127.0.0.1"), now=now,
    )  # fmt: skip
    body = {
        "kind": "notice", "event": payment.pk.hex, "merchant": "m-1", "number": payment.pk.hex,
        "status": "paid", "trade_no": f"T{payment.pk.hex[:20]}", "amount_fen": PRICE,
        "currency": "CNY", "paid_at": now.isoformat(), "payer": "x",
    }  # fmt: skip
    raw, stamp, nonce = json.dumps(body).encode(), str(int(now.timestamp())), "n" * 24
    headers = {
        "sandbox-timestamp": stamp,
        "sandbox-nonce": nonce,
        "sandbox-signature": sign(KEY, stamp, nonce, raw),
    }
    prepared = payments.prepare(
        shop_id=shop.pk, channel_id=channel.pk, adapter=payments.adapter_of(channel),
        notice=Notice("POST", headers, "", raw), now=now,
    )  # fmt: skip
    statements = sql.load("daoda.trade.payments")
    sql.count(statements.store_notices, payments.columns([prepared], now))
    payments.settle_batch(now=now)
    fulfilment.deliver_batch(now=now)
    found: Order = Order.objects.get(pk=order.pk)
    return found


@pytest.fixture
def waiting(lamp: Shop) -> Order:
    return bought(lamp, on_sale(lamp, "membership", "Video"))


@pytest.fixture
def delivered(lamp: Shop, card: Variant) -> Order:
    return bought(lamp, card)


def asked(order: Order, **more: object) -> dict[str, object]:
    return {"order_id": order.pk.hex, "reason": "goodwill", **more}


def test_an_undelivered_order_is_refunded_whole_once(till: Program, waiting: Order) -> None:
    first = till.post("/refunds", asked(waiting), once="refund-0001")
    again = till.post("/refunds", asked(waiting), once="refund-0001")
    assert (first.status_code, again.json()) == (201, first.json())
    (refund,) = first.json()["items"]
    assert (refund["state"], refund["amount_fen"]) == ("owed", PRICE)
    assert refund["promise"]["owner"] == "machine:refund"
    assert first.headers["Location"] == f"/api/v1/refunds/{refund['id']}"
    assert till.get(f"/refunds/{refund['id']}").json() == refund
    other = till.post("/refunds", asked(waiting), once="refund-0002")
    assert (other.status_code, other.json()["code"]) == (409, "not_refundable")
    assert Refund.objects.count() == 1


def test_parts_of_a_delivered_order_go_back_until_nothing_is_left(
    till: Program, delivered: Order
) -> None:
    for once in ("part-00001", "part-00001", "part-00002"):
        answer = till.post("/refunds", asked(delivered, amount_fen=500), once=once)
        assert answer.status_code == 201
    assert Refund.objects.count() == 2
    refused = till.post("/refunds", asked(delivered, amount_fen=PRICE), once="part-00003")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_much")
    assert refused.json()["left_fen"] == PRICE - 1000
    rest = till.post("/refunds", asked(delivered), once="part-00004")
    assert [item["amount_fen"] for item in rest.json()["items"]] == [PRICE - 1000]
    reused = till.post("/refunds", asked(delivered, amount_fen=1), once="part-00004")
    assert reused.json()["code"] == "key_reused"


def test_no_part_goes_back_of_what_is_not_delivered(till: Program, waiting: Order) -> None:
    answer = till.post("/refunds", asked(waiting, amount_fen=1), once="part-00001")
    assert answer.json()["code"] == "not_refundable"


def test_refunds_are_listed_by_state_and_order(till: Program, waiting: Order) -> None:
    till.post("/refunds", asked(waiting), once="refund-0001")
    (refund,) = till.get("/refunds").json()["items"]
    assert till.get("/refunds", state="owed", order_id=waiting.pk.hex).json()["items"] == [refund]
    assert till.get("/refunds", state="confirmed").json()["items"] == []
    assert till.get("/refunds", order_id=uuid.uuid4().hex).json()["items"] == []
    assert till.get("/refunds", state="lost").status_code == 422


def test_what_is_not_of_this_shop_or_scope_is_not_there(
    lamp: Shop, pine: Shop, till: Program, waiting: Order
) -> None:
    till.post("/refunds", asked(waiting), once="refund-0001")
    number = Refund.objects.get().pk.hex
    other = Program(pine, token(pine))
    assert other.get("/refunds").json()["items"] == []
    assert other.get(f"/refunds/{number}").status_code == 404
    assert other.post("/refunds", asked(waiting), once="refund-0001").status_code == 404
    reader = Program(lamp, token(lamp, Scope.REFUNDS_READ))
    assert reader.get("/refunds").status_code == 200
    assert reader.post("/refunds", asked(waiting), once="refund-0003").status_code == 403
    assert Program(lamp, token(lamp, Scope.ORDERS_WRITE)).get("/refunds").status_code == 403
