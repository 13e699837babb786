"""A late order on its buyer's page: what was done, what comes, and what she may choose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from daoda.care.compensation import actions as compensation
from daoda.care.compensation.models import Case, Grant
from daoda.doors.web.buyer.tests.test_order import page_of
from daoda.doors.web.buyer.tests.world import ME, Lamp, again, href, money, ordered
from daoda.kit import clock
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments

STEPS = [
    {"do": "reissue", "after_min": 0},
    {
        "do": "goodwill", "after_min": 0, "percent": 10, "least_fen": 100, "most_fen": 500,
        "spent_fen": 0,
    },
    {"do": "refund", "after_min": 600},
]  # fmt: skip


@pytest.fixture
def late(lamp: Lamp) -> Order:
    now = clock.now()
    compensation.hear(now=now)
    terms = compensation.Terms("late", "Late", STEPS, 1_000_000, 1_000, 1_000, 1_000)
    compensation.publish_policy(shop_id=lamp.shop.pk, terms=terms, actor=ME, now=now)
    order = money(lamp, ordered(lamp, lamp.topup), 9_850, trade_no="T1")
    order = again(order)
    assert order.promised_at is not None
    past = order.promised_at + timedelta(seconds=1)
    payments.pass_order_dates(now=past)
    compensation.hear(now=past)
    compensation.pass_dates(now=past)
    compensation.pass_dates(now=past)
    return again(order)


def test_it_says_what_was_done_and_what_comes_by_itself(browser: Client, late: Order) -> None:
    page = page_of(browser, late)
    assert "It is late: what we do about it" in page
    assert Grant.everywhere.get().coupon.code in page
    assert "your money goes back by itself" in page


def test_she_keeps_waiting_or_is_refunded_now(browser: Client, late: Order) -> None:
    assert browser.post(f"{href(late)}/choice", {"choice": "wait"}).status_code == 302
    page = page_of(browser, late)
    assert "You said that you keep waiting" in page
    assert "Keep waiting" not in page
    browser.post(f"{href(late)}/choice", {"choice": "something else"})
    assert Case.everywhere.get().choice == "wait"
    browser.post(f"{href(late)}/choice", {"choice": "refund"})
    assert again(late).state == "refund_owed"
    assert "Refund me now" not in page_of(browser, late)


def test_nobody_else_chooses(lamp: Lamp, late: Order) -> None:
    stranger = Client(HTTP_HOST="localhost")
    stranger.post(f"/o/{late.number}/choice", {"choice": "refund"})
    assert Case.everywhere.get().choice == ""


def test_an_order_in_time_offers_no_choice(browser: Client, lamp: Lamp) -> None:
    order = money(lamp, ordered(lamp, lamp.topup), 9_850, trade_no="T1")
    assert "Refund me now" not in page_of(browser, order)
    assert browser.post(f"{href(order)}/choice", {"choice": "refund"}).status_code == 302
    assert again(order).state == "in_hand"
