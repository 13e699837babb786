"""The order page: what it says in every state, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.doors.web.buyer import limits
from daoda.doors.web.buyer.tests.world import (
    ME,
    UID,
    Lamp,
    again,
    delivered,
    fill,
    href,
    money,
    ordered,
    paid,
    text,
    visitor,
)
from daoda.kit import clock
from daoda.records.journal.models import Fact
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order
from daoda.trade.stock import actions as stock


def page_of(browser: Client, order: Order) -> str:
    response = browser.get(href(order))
    assert response.status_code == 200
    assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    return text(response)


def shapes(browser: Client, order: Order) -> list[str]:
    html = browser.get(href(order)).content.decode()
    return re.findall(r"node-bar-step node-bar-(\w+)", html)


def test_an_unpaid_order_says_by_when_to_pay_and_what_if_not(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    page = page_of(browser, order)
    assert "Waiting for your payment" in page
    assert re.search(r"Please pay by \d\d:\d\d", page)
    assert re.search(r"Pay now, and it arrives by \d\d:\d\d", page)
    assert "the order is closed by itself; nothing is charged." in page
    assert "Pay ¥ 98.50" in page
    assert "Cancel the order" in page
    assert shapes(browser, order) == ["done", "doing", "coming", "coming"]


def test_a_paid_order_says_who_has_it_and_by_when(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    page = page_of(browser, order)
    assert re.search(r"Arrives by \d\d:\d\d", page)
    assert "Automatic delivery" in page
    assert "your payment arrived; the code is being taken from stock." in page
    assert "There is nothing you need to do." in page
    assert "Cancel the order" not in page
    assert shapes(browser, order) == ["done", "done", "doing", "coming"]


def test_a_delivered_order_shows_masked_codes_and_how_to_use_them(
    lamp: Lamp, browser: Client
) -> None:
    order = delivered(ordered(lamp, quantity=2))
    page = page_of(browser, order)
    assert "Your 2 codes" in page
    assert "STEAM-" not in page
    assert "Type it in" in page
    assert "kept" in page
    assert shapes(browser, order) == ["done"] * 4


def test_showing_a_code_is_on_record_and_needs_no_script(lamp: Lamp, browser: Client) -> None:
    order = delivered(ordered(lamp))
    page = text(browser.post(f"{href(order)}/codes/1/reveal"))
    assert "STEAM-0000" in page
    assert Fact.objects.filter(kind="code.revealed", actor="buyer").count() == 1
    assert "A code was shown" in page_of(browser, order)
    assert "STEAM-" not in page_of(browser, order)


def test_all_codes_are_shown_at_once_if_wanted(lamp: Lamp, browser: Client) -> None:
    order = delivered(ordered(lamp, quantity=3))
    page = text(browser.post(f"{href(order)}/codes/reveal"))
    assert page.count("STEAM-") == 3
    assert Fact.objects.filter(kind="code.revealed").count() == 3


def test_showing_too_often_is_refused_in_words_with_and_without_script(
    lamp: Lamp, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = delivered(ordered(lamp))
    address = f"{href(order)}/codes/1/reveal"
    monkeypatch.setattr(limits, "revealing", lambda _request, *, now: 7)
    assert browser.post(address).status_code == 429
    scripted = browser.post(address, headers={"HX-Request": "true"})
    assert (scripted.status_code, scripted["HX-Retarget"]) == (200, "#order")
    assert "Too many tries from here" in text(scripted)
    assert "STEAM-" not in text(scripted)


def test_a_page_that_asks_for_itself_makes_no_sessions(lamp: Lamp) -> None:
    order = paid(ordered(lamp))
    for _ in range(3):
        visitor(lamp.shop).get(href(order), headers={"HX-Request": "true"})
    assert Session.objects.count() == 0


@pytest.mark.parametrize("position", ["0", "2", "999999999999"])
def test_a_code_that_is_not_there_is_not_found(lamp: Lamp, browser: Client, position: str) -> None:
    order = delivered(ordered(lamp))
    assert browser.post(f"{href(order)}/codes/{position}/reveal").status_code == 404


def test_codes_of_an_undelivered_order_are_not_there(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    assert browser.post(f"{href(order)}/codes/1/reveal").status_code == 404
    assert browser.post(f"{href(order)}/codes/reveal").status_code == 404


def test_a_shortage_keeps_the_first_date_beside_the_new_one(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp, quantity=2)
    paid(order)
    locked = orders.lock([order.pk])[order.pk]
    orders.mark_short([locked], actor="machine:fulfilment", now=clock.now())
    page = page_of(browser, order)
    assert "Out of stock, being restocked" in page
    assert "First date" in page
    assert "New date" in page
    assert "You are number 1 in line" in page
    assert "Operations department" in page


def test_a_date_that_passed_is_shown_as_not_kept(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    orders.pass_dates(now=clock.now() + timedelta(minutes=10))
    page = page_of(browser, order)
    assert "First date, not kept" in page
    assert "operations has taken it over from the machine" in page
    assert shapes(browser, order)[2] == "late"
    fulfilment.deliver_batch(now=clock.now() + timedelta(minutes=11))
    assert re.search(r"First promised by .* which was not kept", page_of(browser, order))


def test_a_held_order_says_why_and_by_when(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    orders.hold(order_id=order.pk, reason="Name differs", actor=ME, now=clock.now())
    page = page_of(browser, order)
    assert "Under review" in page
    assert "Reason: Name differs" in page
    assert "Risk department" in page


def test_a_refund_says_how_much_by_whom_and_by_when(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    locked = orders.lock([order.pk])[order.pk]
    orders.owe_refund(locked, reason="out_of_stock", actor=ME, now=clock.now())
    page = page_of(browser, order)
    assert re.search(r"Refund expected by", page)
    assert "¥98.50" in page
    assert "Finance department" in page
    assert shapes(browser, order) == ["done", "done", "broken", "doing"]
    locked = orders.lock([order.pk])[order.pk]
    orders.mark_refunded(locked, actor=ME, now=clock.now())
    assert "¥98.50 went back the way you paid." in page_of(browser, order)


def test_too_much_money_is_shown_going_back(lamp: Lamp, browser: Client) -> None:
    order = money(lamp, ordered(lamp), 9_950, trade_no="T1")
    page = page_of(browser, order)
    assert order.state == "paid"
    assert "Money going back to you" in page
    assert "¥ 1.00" in page
    assert "more was paid than asked" in page
    assert re.search(r"back by .*\d\d:\d\d", page)


def test_too_little_money_goes_back_and_the_order_still_waits(lamp: Lamp, browser: Client) -> None:
    order = money(lamp, ordered(lamp), 9_849, trade_no="T1")
    page = page_of(browser, order)
    assert "Waiting for your payment" in page
    assert "less was paid than asked" in page
    assert "¥98.49 goes back: less was paid than asked" in page


def test_a_topup_shows_what_was_typed_and_what_was_handed_over(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp, lamp.topup))
    page = page_of(browser, order)
    assert "Being topped up" in page
    assert UID in page
    fulfilment.deliver_by_hand(
        order_id=order.pk, text="Credited 980 crystals", actor=ME, now=clock.now()
    )
    assert "Credited 980 crystals" in page_of(browser, order)


def test_an_unpaid_order_can_be_called_off_and_gives_back_its_stock(
    lamp: Lamp, browser: Client
) -> None:
    order = ordered(lamp)
    answer = browser.post(f"{href(order)}/cancellation")
    assert answer["Location"] == href(order)
    assert again(order).state == "cancelled"
    page = page_of(browser, order)
    assert "nothing was charged" in page
    assert "Order again" in page


def test_a_paid_order_is_not_called_off(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    browser.post(f"{href(order)}/cancellation")
    assert again(order).state == "paid"


def test_an_expired_order_says_so(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    orders.pass_dates(now=clock.now() + timedelta(hours=1))
    assert "Closed: not paid in time" in page_of(browser, order)


def test_asked_for_by_htmx_the_page_comes_without_its_frame(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    fragment = browser.get(href(order), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="order"' in fragment


def test_an_open_page_listens_from_the_newest_fact_it_shows(lamp: Lamp, browser: Client) -> None:
    order = paid(ordered(lamp))
    newest = Fact.objects.filter(subject_id=order.pk).order_by("-at", "-id")[0]
    html = browser.get(href(order)).content.decode()
    assert f'sse-connect="/live/orders/{queries.link_token(order.pk)}?seen={newest.id.hex}"' in html
    delivered_page = browser.get(href(delivered(ordered(lamp)))).content.decode()
    assert "sse-connect" not in delivered_page


@pytest.mark.parametrize(
    "act",
    [
        "",
        "/cancellation",
        "/payee",
        "/choice",
        "/codes/1/reveal",
        "/payment",
        "/payment/claim",
        "/back",
        "/payments",
    ],
)
def test_a_number_alone_opens_nothing_and_tells_nothing(
    lamp: Lamp, browser: Client, act: str
) -> None:
    order = ordered(lamp)
    stranger = visitor(lamp.shop)
    unknown = "0000000000"
    answers = [_ask(stranger, f"/o/{number}{act}") for number in (order.number, unknown)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/find", "/find"]
    assert again(order).state == "awaiting_payment"


@pytest.mark.parametrize(
    "handle", ["x", "0" * 32, "a" * 2000, "%00", "..%2f..", "0" * 32 + ":forged", "'\"<script>"]
)
def test_a_link_of_somebody_elses_making_opens_nothing(browser: Client, handle: str) -> None:
    assert browser.get(f"/o/{handle}").status_code == 404


def test_a_link_of_one_shop_opens_nothing_in_another(lamp: Lamp) -> None:
    from daoda.records.shops import actions as shops
    from daoda.records.shops.models import scope

    order = ordered(lamp)
    pine = shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=clock.now())
    with scope(pine.pk):
        assert visitor(pine).get(href(order)).status_code == 404


def test_who_opened_the_link_may_use_the_number(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    browser.get(href(order))
    assert browser.get(f"/o/{order.number}").status_code == 200
    assert browser.get(f"/o/{order.number[:5]}-{order.number[5:]}".lower()).status_code == 200


def test_acts_need_a_post(lamp: Lamp, browser: Client) -> None:
    order = delivered(ordered(lamp))
    for act in (
        "cancellation", "payee", "choice", "codes/1/reveal", "codes/reveal", "payment/claim",
        "payments",
    ):  # fmt: skip
        assert browser.get(f"{href(order)}/{act}").status_code == 405


def test_acts_need_a_form_of_ours(lamp: Lamp) -> None:
    order = ordered(lamp)
    strict = Client(
        HTTP_HOST=lamp.shop.hosts[0], HTTP_ACCEPT_LANGUAGE="en", enforce_csrf_checks=True
    )
    answer = strict.post(f"{href(order)}/cancellation")
    assert answer.status_code == 403
    assert "Nothing was changed" in text(answer)
    assert again(order).state == "awaiting_payment"


def test_the_line_is_by_the_time_of_payment(lamp: Lamp, browser: Client) -> None:
    stock.reserve(variant_id=lamp.card.pk, quantity=28)
    waiting = [ordered(lamp), ordered(lamp)]
    for order in waiting:
        paid(order)
        locked = orders.lock([order.pk])[order.pk]
        orders.mark_short([locked], actor="machine:fulfilment", now=clock.now())
    assert "You are number 2 in line" in page_of(browser, waiting[1])
    fill(lamp.shop, lamp.card, ["FRESH-1"])


def _ask(browser: Client, address: str) -> Any:
    get = address.count("/") == 2 or address.endswith(("/payment", "/back"))
    return browser.get(address) if get else browser.post(address)


def test_every_address_of_an_order_is_tried_above() -> None:
    """A new address under /o/ must be added to the tests of permission."""
    names = {
        "order", "cancellation", "payee", "choice", "reveal", "reveal_all", "payment", "claim",
        "back", "payments",
    }  # fmt: skip
    from daoda.doors.web.buyer import urls

    under = {route.name for route in urls.urlpatterns if str(route.pattern).startswith("o/")}
    assert under == names
    assert reverse("buyer:order", args=["x"]) == "/o/x"
