"""From a choice to a placed order."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.world import (
    CONTACT,
    ME,
    PASSWORD,
    UID,
    Lamp,
    draft_of,
    order_of,
    text,
)
from daoda.kit import clock
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries as shelf


def details(variant: Any, **changed: str) -> dict[str, str]:
    given = {
        "variant": variant.pk.hex,
        "quantity": "2",
        "contact": CONTACT,
        "password": PASSWORD,
        "coupon": "",
    }
    return given | changed


def crystals(lamp: Lamp, **changed: str) -> dict[str, str]:
    return details(lamp.topup, typed_uid=UID, typed_server="sky", **changed)


def confirm(browser: Client, draft: str, **more: str) -> Any:
    return browser.post("/orders", {"draft": draft, "checked": "yes", **more})


def test_the_second_confirmation_echoes_account_amount_and_date(
    lamp: Lamp, browser: Client
) -> None:
    page = browser.post("/checkout", crystals(lamp))
    words = text(page)
    assert UID in words
    assert "Celestia" in words
    assert "¥ 197.00" in words
    assert "pay now, by" in words
    assert "Nothing has been charged yet." in words
    assert Order.objects.count() == 0


def test_a_confirmed_order_waits_for_its_money(lamp: Lamp, browser: Client) -> None:
    placed = confirm(browser, draft_of(browser.post("/checkout", crystals(lamp))))
    order = order_of(placed)
    assert placed["Location"].endswith("/payment")
    assert (order.state, order.quantity, order.amount_fen) == ("awaiting_payment", 2, 19_700)
    assert orders.answers(order) == {"uid": UID, "server": "sky"}


def test_confirming_twice_places_once(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    first, second = confirm(browser, draft), confirm(browser, draft)
    assert first["Location"] == second["Location"]
    assert shelf.available([lamp.card.pk]) == {lamp.card.pk: 28}


def test_an_unchecked_account_is_asked_for_again(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", crystals(lamp)))
    page = browser.post("/orders", {"draft": draft})
    assert page.status_code == 422
    assert "tick the box" in text(page)
    assert Order.objects.count() == 0


def test_a_product_without_fields_needs_no_tick(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    assert browser.post("/orders", {"draft": draft}).status_code == 302


def test_wrong_fields_are_named_beside_themselves(lamp: Lamp, browser: Client) -> None:
    page = browser.post("/checkout", crystals(lamp) | {"typed_uid": "10023", "typed_server": "x"})
    assert page.status_code == 422
    assert "At least 9 characters." in text(page)
    assert "Choose one from the list." in text(page)


def test_going_back_keeps_what_was_typed(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", crystals(lamp)))
    page = browser.post("/checkout/changes", {"draft": draft})
    html = page.content.decode()
    assert f'value="{UID}"' in html
    assert f'value="{CONTACT}"' in html
    assert 'value="sky" selected' in html


def test_a_coupon_takes_its_share(lamp: Lamp, browser: Client) -> None:
    catalog.create_coupon(
        shop_id=lamp.shop.pk, code="SPRING", kind="amount", value=500, actor=ME, now=clock.now()
    )
    page = browser.post("/checkout", details(lamp.card, coupon="spring"))
    assert "¥ 192.00" in text(page)
    assert order_of(confirm(browser, draft_of(page))).amount_fen == 19_200


def test_a_coupon_that_is_none_is_named(lamp: Lamp, browser: Client) -> None:
    page = browser.post("/checkout", details(lamp.card, coupon="NO-SUCH"))
    assert page.status_code == 422
    assert "There is no such coupon." in text(page)


def test_a_price_changed_meanwhile_is_confirmed_anew(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    catalog.change_variant(
        variant_id=lamp.card.pk, changes={"price_fen": 10_000}, actor=ME, now=clock.now()
    )
    page = confirm(browser, draft)
    assert page.status_code == 409
    assert "The price has changed to ¥200.00" in text(page)
    assert order_of(confirm(browser, draft_of(page))).amount_fen == 20_000


def test_who_comes_too_late_keeps_her_words_and_pays_nothing(lamp: Lamp, browser: Client) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    stock.reserve(variant_id=lamp.card.pk, quantity=29)
    page = confirm(browser, draft)
    assert page.status_code == 409
    assert "Someone else was faster" in text(page)
    assert "Nothing was charged." in text(page)


def test_the_limit_of_a_product_counts_what_one_has(lamp: Lamp, browser: Client) -> None:
    catalog.change_product(
        product_id=lamp.card.product_id, changes={"limit_per_buyer": 2}, actor=ME, now=clock.now()
    )
    confirm(browser, draft_of(browser.post("/checkout", details(lamp.card))))
    page = confirm(browser, draft_of(browser.post("/checkout", details(lamp.card))))
    assert "At most 2 per buyer, and you have 2 already" in text(page)


def test_what_was_typed_cannot_be_read_from_the_page_nor_moved_to_another_shop(
    lamp: Lamp, browser: Client
) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    assert PASSWORD not in draft
    assert confirm(browser, draft[:-4] + "AAAA").status_code == 410


@pytest.mark.parametrize("draft", ["", "k1.", "k1.AAAA", "x" * 50_000, "k1.\0", "é.é"])
def test_a_draft_that_is_none_says_that_nothing_was_placed(browser: Client, draft: str) -> None:
    for address in ("/orders", "/checkout/changes"):
        page = browser.post(address, {"draft": draft})
        assert page.status_code == 410
        assert "nothing was charged" in text(page)


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": "0"},
        {"quantity": "1001"},
        {"quantity": "x"},
        {"contact": "a"},
        {"contact": "x" * 500},
        {"contact": "\0\0\0\0"},
        {"contact": "a\nb\nc\nd"},
        {"contact": " \u200b \u200b "},
        {"password": "1"},
        {"password": "x" * 500},
        {"password": "12345\0"},
        {"coupon": "x" * 500},
        {"coupon": "\0"},
    ],
)
def test_hostile_details_are_refused_in_words(
    lamp: Lamp, browser: Client, changed: dict[str, str]
) -> None:
    page = browser.post("/checkout", details(lamp.card, **changed))
    assert page.status_code in {200, 422}
    if page.status_code == 200:
        assert confirm(browser, draft_of(page)).status_code in {302, 409}


@pytest.mark.parametrize(
    "uid", ["\0", "x" * 5000, "１００２３４５６７", "<b>", "-1", "9" * 9 + "\n"]
)
def test_hostile_fields_are_refused_or_cleaned(lamp: Lamp, browser: Client, uid: str) -> None:
    page = browser.post("/checkout", crystals(lamp) | {"typed_uid": uid})
    assert page.status_code in {200, 422}


@pytest.mark.parametrize("variant", ["", "x", "0" * 32, "\0"])
def test_a_checkout_of_nothing_is_not_found(browser: Client, variant: str) -> None:
    assert browser.get("/checkout", {"variant": variant}).status_code == 404
    assert browser.post("/checkout", {"variant": variant}).status_code == 404


def test_an_address_that_places_without_end_is_told_when_to_go_on(
    lamp: Lamp, browser: Client
) -> None:
    draft = draft_of(browser.post("/checkout", details(lamp.card)))
    answers = [confirm(browser, draft) for _ in range(31)]
    assert answers[29].status_code == 302
    assert answers[30].status_code == 429
    assert int(answers[30]["Retry-After"]) > 0
