from __future__ import annotations

from typing import Any

import pytest

from daoda.doors.api.tests.world import BOSS, Program, token, wanted
from daoda.kit import clock
from daoda.records.accounts.models import ApiKey
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.orders.models import Order
from daoda.trade.stock import queries as stock


def codes_left(variant: Variant) -> int:
    return stock.available([variant.pk])[variant.pk]


def test_an_order_is_placed_and_can_be_read(till: Program, card: Variant) -> None:
    placed = till.post("/orders", wanted(card, quantity=2), once="order-0001")
    assert placed.status_code == 201
    order = placed.json()
    assert order["state"] == "awaiting_payment"
    assert order["amount_fen"] == 3980
    assert order["promise"]["node"] == "payment"
    assert order["promise"]["due_at"] == order["pay_by"]
    assert placed.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert till.get(f"/orders/{order['id']}").json() == order
    assert codes_left(card) == 3
    fact = Fact.everywhere.get(kind="order.placed")
    assert fact.actor == ApiKey.everywhere.get().actor


def test_an_order_says_nothing_about_the_buyer(till: Program, card: Variant) -> None:
    placed = till.post("/orders", wanted(card), once="order-0001")
    assert "buyer@example.com" not in placed.content.decode()
    assert "query-4711" not in placed.content.decode()


def test_asking_again_gives_the_first_answer_and_does_nothing(till: Program, card: Variant) -> None:
    first = till.post("/orders", wanted(card), once="order-0001")
    again = till.post("/orders", wanted(card), once="order-0001")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Order.everywhere.count() == 1
    assert codes_left(card) == 4


def test_the_same_written_otherwise_is_the_same(till: Program, card: Variant) -> None:
    first = till.post("/orders", wanted(card), once="order-0001")
    body = dict(reversed(wanted(card, coupon="", fields={}).items()))
    assert till.post("/orders", body, once="order-0001").content == first.content


def test_a_key_used_for_something_else_is_refused(till: Program, card: Variant) -> None:
    till.post("/orders", wanted(card), once="order-0001")
    other = till.post("/orders", wanted(card, quantity=2), once="order-0001")
    assert other.status_code == 409
    assert other.json()["code"] == "key_reused"
    assert codes_left(card) == 4


def test_two_programs_may_use_the_same_idempotency_key(
    lamp: Shop, till: Program, card: Variant
) -> None:
    till.post("/orders", wanted(card), once="order-0001")
    other = Program(lamp, token(lamp)).post("/orders", wanted(card), once="order-0001")
    assert other.status_code == 201
    assert Order.everywhere.count() == 2


def test_a_refusal_keeps_nothing_and_may_be_tried_again(till: Program, card: Variant) -> None:
    refused = till.post("/orders", wanted(card, quantity=6), once="order-0001")
    assert (refused.status_code, refused.json()["code"]) == (409, "sold_out")
    placed = till.post("/orders", wanted(card, quantity=5), once="order-0001")
    assert placed.status_code == 201


@pytest.mark.parametrize(
    ("more", "status", "where"),
    [
        ({"quantity": 0}, 422, "body.wanted.quantity"),
        ({"quantity": "1"}, 422, "body.wanted.quantity"),
        ({"quantity": 10**30}, 422, "body.wanted.quantity"),
        ({"quantity": 1.5}, 422, "body.wanted.quantity"),
        ({"quantity": True}, 422, "body.wanted.quantity"),
        ({"contact": "a\0b@example.com"}, 422, "body.wanted.contact"),
        ({"contact": "   "}, 422, "body.contact"),
        ({"password": "123"}, 422, "body.wanted.password"),
        ({"variant_id": "x"}, 422, "body.wanted.variant_id"),
        ({"colour": "red"}, 422, "body.wanted.colour"),
        ({"fields": {"uid": ["1"]}}, 422, "body.wanted.fields.uid"),
    ],
)
def test_what_is_not_right_is_said_where(
    till: Program, card: Variant, more: dict[str, Any], status: int, where: str
) -> None:
    answer = till.post("/orders", wanted(card, **more), once="order-0001")
    assert answer.status_code == status
    assert answer.json()["code"] == "invalid"
    assert where in [wrong["where"] for wrong in answer.json()["errors"]]
    assert not Order.everywhere.exists()


def test_without_an_idempotency_key_nothing_is_placed(till: Program, card: Variant) -> None:
    answer = till.post("/orders", wanted(card))
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.content.decode()


def test_what_the_product_asks_is_checked(till: Program, topup: Variant) -> None:
    answer = till.post("/orders", wanted(topup, fields={"uid": "abc"}), once="order-0001")
    assert answer.json()["errors"][0]["where"] == "body.fields.uid"
    answer = till.post("/orders", wanted(topup, fields={"uid": "123456"}), once="order-0001")
    assert answer.status_code == 201


def test_another_price_is_refused_with_the_price(till: Program, card: Variant) -> None:
    catalog.change_variant(
        variant_id=card.pk, changes={"price_fen": 2990}, actor=BOSS, now=clock.now()
    )
    answer = till.post("/orders", wanted(card, expected_fen=1990), once="order-0001")
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert answer.json()["amount_fen"] == 2990


def test_a_variant_of_another_shop_is_not_on_sale(till: Program, card: Variant, pine: Shop) -> None:
    answer = Program(pine, token(pine)).post("/orders", wanted(card), once="order-0001")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_on_sale")


def test_cancelling_frees_the_codes_and_is_safe_to_repeat(till: Program, card: Variant) -> None:
    order = till.post("/orders", wanted(card), once="order-0001").json()
    for _ in range(2):
        answer = till.post(f"/orders/{order['id']}/cancellation")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        assert answer.json()["promise"] is None
    assert codes_left(card) == 5
    assert Fact.everywhere.filter(kind="order.cancelled").count() == 1


def test_orders_of_another_shop_are_not_there(till: Program, card: Variant, pine: Shop) -> None:
    order = till.post("/orders", wanted(card), once="order-0001").json()
    other = Program(pine, token(pine))
    assert other.get(f"/orders/{order['id']}").status_code == 404
    assert other.post(f"/orders/{order['id']}/cancellation").status_code == 404
    assert other.get("/orders").json()["items"] == []


def test_the_list_is_read_page_by_page_newest_first(till: Program, card: Variant) -> None:
    placed = [
        till.post("/orders", wanted(card), once=f"order-000{n}").json()["id"] for n in range(5)
    ]
    till.post(f"/orders/{placed[0]}/cancellation")
    seen: list[str] = []
    page = till.get("/orders", limit=2).json()
    while True:
        seen += [order["id"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        page = till.get("/orders", limit=2, cursor=page["next_cursor"]).json()
    assert sorted(seen) == sorted(placed)
    assert seen == sorted(seen, reverse=True)
    cancelled = till.get("/orders", state="cancelled").json()["items"]
    assert [order["id"] for order in cancelled] == [placed[0]]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"state": "x"}])
def test_a_page_that_cannot_be_is_refused(till: Program, query: dict[str, Any]) -> None:
    assert till.get("/orders", **query).status_code == 422
