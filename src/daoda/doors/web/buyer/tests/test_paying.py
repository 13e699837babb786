"""Paying an order, up to the channel's door and back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.world import LONG_AGO, ME, Lamp, href, ordered, paid, text
from daoda.kit import clock
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Payment


def test_the_page_says_how_much_by_when_and_what_follows(lamp: Lamp, browser: Client) -> None:
    page = text(browser.get(f"{href(ordered(lamp))}/payment"))
    assert "¥ 98.50" in page
    assert "Please pay by" in page
    assert "it arrives by" in page
    assert "Sandbox" in page


def test_choosing_a_channel_opens_its_page_with_a_code_to_scan(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    answer = browser.post(f"{href(order)}/payments", {"channel": lamp.channel.pk.hex})
    assert answer["Location"] == f"{href(order)}/payment"
    html = browser.get(answer["Location"]).content.decode()
    assert 'href="https://pay.example/pay?' in html
    assert "<svg" in html
    assert "I have paid" in html


def test_the_channel_is_told_where_to_send_the_buyer_back(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    browser.post(f"{href(order)}/payments", {"channel": lamp.channel.pk.hex})
    url = browser.session["payment_started"]["url"]
    asked = parse_qs(urlsplit(url).query)["order"][0]
    assert f"http://lamp.example{href(order)}" in asked


def test_reloading_starts_no_second_attempt(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    browser.post(f"{href(order)}/payments", {"channel": lamp.channel.pk.hex})
    for _ in range(3):
        browser.get(f"{href(order)}/payment")
    assert Payment.objects.count() == 1


def test_a_channel_that_wants_a_form_gets_one(lamp: Lamp, browser: Client) -> None:
    epay = payments.configure(
        shop_id=lamp.shop.pk,
        code="epay",
        adapter="epay",
        title="Epay",
        config={"gateway": "https://epay.example", "pid": "1001", "key": "k" * 32},
        actor=ME,
        now=LONG_AGO,
    )
    order = ordered(lamp)
    browser.post(f"{href(order)}/payments", {"channel": epay.pk.hex})
    html = browser.get(f"{href(order)}/payment").content.decode()
    assert "epay.example" in html
    assert "Epay" in html


def test_a_paid_order_is_shown_instead(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    assert browser.get(f"{href(order)}/payment")["Location"] == href(order)
    assert browser.post(f"{href(order)}/payments")["Location"] == href(order)
    waiting = browser.get(f"{href(order)}/payment", headers={"HX-Request": "true"})
    assert waiting["HX-Redirect"] == href(order)


def test_the_waiting_page_is_left_alone_until_something_happens(
    lamp: Lamp, browser: Client
) -> None:
    waiting = browser.get(f"{href(ordered(lamp))}/payment", headers={"HX-Request": "true"})
    assert waiting.status_code == 204


@pytest.mark.parametrize("channel", ["", "x", "0" * 32, "\0"])
def test_a_channel_that_is_none_is_refused_in_words(
    lamp: Lamp, browser: Client, channel: str
) -> None:
    page = browser.post(f"{href(ordered(lamp))}/payments", {"channel": channel})
    assert page.status_code == 422
    assert "Nothing was charged" in text(page)


def test_a_channel_switched_off_is_not_offered(lamp: Lamp, browser: Client) -> None:
    payments.set_enabled(channel_id=lamp.channel.pk, enabled=False, actor=ME, now=clock.now())
    order = ordered(lamp)
    page = browser.post(f"{href(order)}/payments", {"channel": lamp.channel.pk.hex})
    assert page.status_code == 422
    assert "No way to pay is open right now" in text(browser.get(f"{href(order)}/payment"))
