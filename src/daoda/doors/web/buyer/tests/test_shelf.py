"""The shop front and the product page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from daoda.doors.web.buyer.tests.world import Lamp, fill, text
from daoda.kit import clock
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.rules import Step
from daoda.trade.stock import actions as stock


def test_the_front_shows_price_stock_and_the_date_before_paying(browser: Client) -> None:
    page = text(browser.get("/"))
    assert "Steam card" in page
    assert "¥ 98.50" in page
    assert "in stock" in page
    assert re.search(r"Pay now, arrives by \d\d:\d\d", page)


def test_a_product_page_names_price_date_and_what_happens_if_not(browser: Client) -> None:
    page = text(browser.get("/p/crystals"))
    assert "China only" in page
    assert re.search(r"it arrives by .*\d\d:\d\d", page)
    assert "If it has not arrived by then" in page


def test_the_price_follows_the_quantity(lamp: Lamp, browser: Client) -> None:
    catalog.set_steps(
        variant_id=lamp.card.pk, steps=[Step(10, 9_000)], actor="staff:" + "0" * 32, now=clock.now()
    )
    page = text(browser.get("/p/steam", {"variant": lamp.card.pk.hex, "quantity": "10"}))
    assert "¥ 900.00" in page


def test_more_than_the_shelf_holds_is_named(lamp: Lamp, browser: Client) -> None:
    page = text(browser.get("/p/steam", {"quantity": "31"}))
    assert "Only 30 can be had now" in page


def test_few_left_and_none_left_are_told(lamp: Lamp, browser: Client) -> None:
    stock.reserve(variant_id=lamp.card.pk, quantity=27)
    assert "3 left" in text(browser.get("/p/steam"))
    stock.reserve(variant_id=lamp.card.pk, quantity=3)
    page = browser.get("/p/steam")
    assert "out of stock" in text(page)
    assert "Sold out" in text(page)
    fill(lamp.shop, lamp.card, ["NEW-1"])
    assert "1 left" in text(browser.get("/p/steam"))


@pytest.mark.parametrize(
    "query",
    [
        {"quantity": "0"},
        {"quantity": "-3"},
        {"quantity": "9" * 400},
        {"quantity": "ten"},
        {"quantity": "\0"},
        {"variant": "x'; DROP TABLE"},
        {"variant": "0" * 32},
    ],
)
def test_odd_questions_get_the_product_page(browser: Client, query: dict[str, str]) -> None:
    assert browser.get("/p/steam", query).status_code == 200


def test_bytes_that_are_no_text_get_the_product_page(browser: Client) -> None:
    assert browser.get("/p/steam", QUERY_STRING="variant=%ff%fe&quantity=%c3").status_code == 200


@pytest.mark.parametrize("slug", ["nothing", "x" * 500, "-"])
def test_an_unknown_product_says_where_to_go(browser: Client, slug: str) -> None:
    page = browser.get(f"/p/{slug}")
    assert page.status_code == 404
    assert "Find my order" in text(page)


def test_a_withdrawn_product_is_gone(lamp: Lamp, browser: Client) -> None:
    catalog.withdraw_product(product_id=lamp.card.product_id, actor="staff:x", now=clock.now())
    assert browser.get("/p/steam").status_code == 404
    assert "Steam card" not in text(browser.get("/"))


def test_the_page_brings_no_strangers_and_no_inline_code(browser: Client) -> None:
    html = browser.get("/p/steam").content.decode()
    assert not re.search(r'(?:src|href|action)="https?://', html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


def test_an_accent_has_a_stylesheet_of_its_own(lamp: Lamp, browser: Client) -> None:
    lamp.shop.accent_colour = "#e60012"
    lamp.shop.save()
    assert "/theme/e60012.css" in browser.get("/").content.decode()
    sheet = browser.get("/theme/e60012.css")
    assert "--accent:#" in sheet.content.decode()
    assert "immutable" in sheet["Cache-Control"]
    assert browser.get("/theme/red.css").status_code == 404


def test_chinese_is_the_first_language_and_english_a_switch_away(
    lamp: Lamp, browser: Client
) -> None:
    stranger = Client(HTTP_HOST=lamp.shop.hosts[0])
    assert '<html lang="zh-hans"' in stranger.get("/").content.decode()
    stranger.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert '<html lang="en"' in stranger.get("/").content.decode()
