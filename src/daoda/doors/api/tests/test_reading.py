from __future__ import annotations

from datetime import timedelta

import pytest

from daoda.doors.api.problems import KINDS
from daoda.doors.api.tests.world import BOSS, Program
from daoda.kit import clock, ids
from daoda.records.ledger import actions as ledger
from daoda.records.shops.models import Shop
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.catalog.rules import Step


def post(shop: Shop, amount_fen: int, at_s: float = 0) -> None:
    now = clock.now() + timedelta(seconds=at_s)
    ledger.post(
        ledger.NewTransfer(
            shop.pk,
            ("channel_cash", "alipay"),
            ("owed_to_buyers", ""),
            amount_fen,
            "CNY",
            "payment",
            ids.uuid7(now),
            now,
        )
    )


def test_products_show_price_stock_and_what_is_asked(
    till: Program, card: Variant, topup: Variant
) -> None:
    catalog.set_steps(variant_id=card.pk, steps=[Step(3, 1500)], actor=BOSS, now=clock.now())
    items = {item["slug"]: item for item in till.get("/products").json()["items"]}
    variant = items["gift-card"]["variants"][0]
    assert (variant["price_fen"], variant["available"]) == (1990, 5)
    assert variant["steps"] == [{"min_quantity": 3, "unit_price_fen": 1500}]
    assert items["top-up"]["variants"][0]["available"] is None
    assert items["top-up"]["fields"][0]["name"] == "uid"
    assert till.get("/products/gift-card").json() == items["gift-card"]


def test_what_is_not_on_sale_is_not_there(till: Program, card: Variant) -> None:
    catalog.withdraw_product(product_id=card.product_id, actor=BOSS, now=clock.now())
    assert till.get("/products").json() == {"items": []}
    assert till.get("/products/gift-card").status_code == 404


def test_the_books_balance_and_are_read_page_by_page(till: Program, lamp: Shop, pine: Shop) -> None:
    for n in range(5):
        post(lamp, 100 + n, at_s=n)
    post(pine, 999)
    accounts = till.get("/ledger/accounts").json()["items"]
    assert sum(row["debit_fen"] for row in accounts) == sum(row["credit_fen"] for row in accounts)
    assert {(row["kind"], row["balance_fen"]) for row in accounts} == {
        ("channel_cash", 510),
        ("owed_to_buyers", 510),
    }
    first = till.get("/ledger/transfers", limit=3).json()
    second = till.get("/ledger/transfers", limit=3, cursor=first["next_cursor"]).json()
    amounts = [row["amount_fen"] for row in first["items"] + second["items"]]
    assert amounts == [104, 103, 102, 101, 100]
    assert second["next_cursor"] is None
    cause = first["items"][0]["subject_id"]
    found = till.get("/ledger/transfers", subject_id=cause).json()["items"]
    assert [row["amount_fen"] for row in found] == [104]


@pytest.mark.parametrize("code", KINDS)
def test_every_problem_is_explained_without_a_key(lamp: Shop, code: str) -> None:
    told = Program(lamp, None).get(f"/problems/{code}").json()
    assert told["status"] == KINDS[code].status
    assert told["title"]
    assert told["do"]
