"""What people see when something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from daoda.doors.web import errors
from daoda.kit import clock
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope


@pytest.fixture
def lamp(db: None) -> Iterator[Shop]:
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=clock.now())
    shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=clock.now())
    with scope(shop.pk):
        yield shop


def test_a_missing_page_leads_to_the_order(lamp: Shop) -> None:
    page = Client(HTTP_HOST="lamp.example", HTTP_ACCEPT_LANGUAGE="en").get("/nowhere")
    assert page.status_code == 404
    assert "Your orders are not affected." in page.content.decode()
    assert 'href="/find"' in page.content.decode()


def test_our_own_fault_says_what_is_safe_and_gives_a_number_and_needs_no_database() -> None:
    with translation.override("en"):
        page = errors.server_error(RequestFactory().get("/"))
    assert page.status_code == 500
    assert "What you have paid is recorded and not lost." in page.content.decode()
    assert "Reference" in page.content.decode()


def test_an_address_without_a_shop_says_so(lamp: Shop) -> None:
    with translation.override("en"):
        page = Client(HTTP_HOST="stranger.example").get("/")
    assert page.status_code == 404
    assert "There is no shop at this address" in page.content.decode()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe%2FBerlin", "../etc/passwd", "x" * 500])
def test_the_readers_zone_is_taken_only_if_it_is_one(lamp: Shop, zone: str) -> None:
    browser = Client(HTTP_HOST="lamp.example")
    browser.cookies["zone"] = zone
    assert browser.get("/").status_code == 200


def test_pages_and_styles_travel_compressed(lamp: Shop) -> None:
    browser = Client(HTTP_HOST="lamp.example", HTTP_ACCEPT_ENCODING="gzip")
    assert browser.get("/")["Content-Encoding"] == "gzip"
    assert browser.get("/static/daoda/daoda.css")["Content-Encoding"] == "gzip"
