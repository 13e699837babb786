"""A buyer says that she paid; her page says what was asked, when, and what the channel said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.world import Lamp, again, href, ordered, paid, text
from daoda.kit import clock
from daoda.trade.orders.models import Order
from daoda.trade.payments.models import Asking


def begun(lamp: Lamp, browser: Client) -> Order:
    """An order with the channel's page opened."""
    order = ordered(lamp)
    browser.post(f"{href(order)}/payments", {"channel": lamp.channel.pk.hex})
    return order


def test_before_a_page_was_opened_there_is_nothing_to_claim(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    assert "I have paid" not in text(browser.get(href(order)))
    browser.post(f"{href(order)}/payment/claim")
    assert not Asking.everywhere.exists()


def test_who_says_that_she_paid_is_asked_for_at_once_and_told_so(
    lamp: Lamp, browser: Client
) -> None:
    order = begun(lamp, browser)
    assert "I have paid" in text(browser.get(f"{href(order)}/payment"))
    answer = browser.post(f"{href(order)}/payment/claim")
    assert answer["Location"] == href(order)
    row = Asking.everywhere.get()
    assert (row.sign, row.promised_at <= clock.now()) == ("pressed", True)
    page = browser.get(href(order))
    assert "Sandbox has told us of no payment yet. It is being asked now." in text(page)
    assert 'hx-select="#questions"' in page.content.decode()


def test_coming_back_from_the_channel_counts_as_a_word_too(lamp: Lamp, browser: Client) -> None:
    order = begun(lamp, browser)
    assert browser.get(f"{href(order)}/back?trade_no=1")["Location"] == href(order)
    assert Asking.everywhere.get().sign == "returned"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("pending", "we asked Sandbox: nothing has been paid yet. Next question:"),
        ("absent", "we asked Sandbox: nothing has been paid yet. Next question:"),
        ("silent", "we asked Sandbox, and it gave no clear answer. Next question:"),
    ],
)
def test_the_page_says_what_the_channel_said(
    lamp: Lamp, browser: Client, said: str, words: str
) -> None:
    order, now = begun(lamp, browser), clock.now()
    Asking.everywhere.update(said=said, asked_at=now, promised_at=now + timedelta(minutes=1))
    assert words in text(browser.get(href(order)))


def test_a_payment_the_channel_closed_is_told_as_such(lamp: Lamp, browser: Client) -> None:
    order = begun(lamp, browser)
    Asking.everywhere.update(state="closed", said="closed", asked_at=clock.now())
    page = text(browser.get(href(order)))
    assert "Sandbox closed this payment: nothing can be paid by it." in page
    assert "I have paid" not in page


def test_a_paid_order_asks_nothing_more(lamp: Lamp, browser: Client) -> None:
    order = paid(begun(lamp, browser))
    browser.post(f"{href(order)}/payment/claim")
    page = text(browser.get(href(again(order))))
    assert "asked" not in page.split("History")[0]


def test_a_stranger_claims_nothing(lamp: Lamp, browser: Client) -> None:
    begun(lamp, browser)
    assert browser.post("/o/nobody/payment/claim").status_code in {302, 404}
    assert Asking.everywhere.get().sign == ""


def test_what_she_has_open_is_asked_to_be_closed_when_she_calls_it_off(
    lamp: Lamp, browser: Client
) -> None:
    order = begun(lamp, browser)
    browser.post(f"{href(order)}/cancellation")
    row = Asking.everywhere.get()
    assert (row.sign, row.promised_at <= clock.now()) == ("cancelled", True)
