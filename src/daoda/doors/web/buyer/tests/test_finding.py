"""Finding an order again, and not finding what is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from daoda.doors.web.buyer.tests.world import PASSWORD, Lamp, href, money, ordered, text, visitor


def by_number(browser: Client, number: str, password: str = PASSWORD) -> Any:
    return browser.post("/find", {"by": "number", "number": number, "password": password})


def by_bill(browser: Client, bill: str, payer: str) -> Any:
    return browser.post("/find", {"by": "bill", "bill": bill, "payer": payer})


def test_number_and_password_open_the_order(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    answer = by_number(browser, f"{order.number[:5]}-{order.number[5:]}".lower())
    assert answer["Location"] == href(order)


def test_a_wrong_password_and_a_number_that_is_none_look_the_same(
    lamp: Lamp, browser: Client
) -> None:
    order = ordered(lamp)
    wrong = by_number(browser, order.number, "not-mine")
    unknown = by_number(browser, "0000000000", "not-mine")
    assert (wrong.status_code, unknown.status_code) == (404, 404)
    same = text(wrong).replace(order.number, "N"), text(unknown).replace("0000000000", "N")
    assert same[0] == same[1]


def test_guessing_is_stopped_for_the_address(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    answers = [by_number(browser, order.number, f"guess-{n}").status_code for n in range(13)]
    assert answers == [404] * 12 + [429]
    right = by_number(browser, order.number)
    assert right.status_code == 429
    assert int(right["Retry-After"]) > 0
    assert "Your orders and payments are not affected." in text(right)


def test_guessing_one_order_from_many_addresses_is_stopped(lamp: Lamp) -> None:
    order = ordered(lamp)
    answers = [
        by_number(visitor(lamp.shop, REMOTE_ADDR=f"192.0.2.{n}"), order.number, "guess")
        for n in range(21)
    ]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]


def test_a_bill_and_who_paid_it_open_the_order(lamp: Lamp, browser: Client) -> None:
    order = money(lamp, ordered(lamp), 9_850, trade_no="2026070422001")
    assert by_bill(browser, "2026070422001", "13800138000")["Location"] == href(order)
    wrong = by_bill(browser, "2026070422001", "13800138001")
    unknown = by_bill(browser, "2026070422999", "13800138001")
    assert (wrong.status_code, unknown.status_code) == (404, 404)
    assert text(wrong).replace("001", "N") == text(unknown).replace("999", "N")


@pytest.mark.parametrize("part", ["8000", "1380", "138****8000", "1380***8000", "13808000", "*"])
def test_part_of_an_account_proves_nothing(lamp: Lamp, browser: Client, part: str) -> None:
    money(lamp, ordered(lamp), 9_850, trade_no="2026070422001")
    assert by_bill(browser, "2026070422001", part).status_code == 404


def test_a_bill_nobody_knows_finds_nothing(browser: Client) -> None:
    page = by_bill(browser, "2026070422001", "0000")
    assert page.status_code == 404
    assert "No order fits what you typed" in text(page)


def test_orders_opened_here_are_listed_here_and_nowhere_else(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    browser.get(href(order))
    assert "Opened on this device" in text(browser.get("/find"))
    assert "Opened on this device" not in text(visitor(lamp.shop).get("/find"))


def test_a_number_from_a_link_is_filled_in(browser: Client) -> None:
    page = browser.get("/find", {"number": "00000-00000"}).content.decode()
    assert 'value="00000-00000"' in page


@pytest.mark.parametrize("odd", ["", "\0", "x" * 3000, "<script>alert(1)</script>", "🂡" * 10])
def test_odd_words_are_refused_in_words(browser: Client, odd: str) -> None:
    for answer in (by_number(browser, odd, odd), by_bill(browser, odd, odd)):
        assert answer.status_code in {404, 422}
        assert "<script>alert" not in answer.content.decode()
    assert browser.get("/find", {"number": odd}).status_code == 200
