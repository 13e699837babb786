"""A buyer's way on the real house: phone and desktop, Chromium, sockets, worker, channel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import buying
from tests.browser.conftest import DESKTOP, PHONE, Visit, soon

SCREENS = pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
ORDER_BYTES_MAX = 60_000
AXE_MATTERS = {"serious", "critical"}


@SCREENS
def test_from_the_shelf_to_the_code_watching_it_arrive(visit: Visit, screen: Any) -> None:
    page = visit("/", screen)
    page.get_by_role("link", name="Steam").first.click()
    expect(page.locator("#quote")).to_contain_text("it arrives by")
    page.get_by_role("button", name="One more").click()
    expect(page.locator(".pay-bar")).to_contain_text("99.00")
    buying.checkout(page)
    expect(page.locator("main")).to_contain_text("Nothing has been charged yet.")
    order = buying.place(page)
    expect(page.get_by_role("heading", name="How will you pay?")).to_be_visible()

    watching = visit(order, screen)
    expect(watching.get_by_role("heading", name="Order")).to_be_visible()
    expect(watching.locator("[data-live-words]")).to_have_text("Live")
    buying.pay(page)
    with soon(watching, 5_000):
        expect(watching.locator("#order")).to_have_attribute("data-state", "delivered")
    expect(watching.locator("#now")).to_contain_text("Arrived")

    expect(watching.locator(".code-masked")).to_have_count(2)
    watching.get_by_role("button", name="Show the code").first.click()
    expect(watching.locator("code.code-text")).to_have_count(1)
    expect(watching.locator("code.code-text")).to_have_text(re.compile(r"\w{4,}"))
    watching.get_by_role("button", name="Show all").click()
    expect(watching.locator("code.code-text")).to_have_count(2)
    expect(watching.get_by_role("button", name="Copy all")).to_be_visible()


def test_the_page_one_pays_on_moves_on_by_itself(visit: Visit) -> None:
    page = visit(buying.CODES, DESKTOP)
    buying.checkout(page)
    order = buying.place(page)
    buying.choose(page)
    expect(page.get_by_role("img", name="Payment QR code")).to_be_visible()
    channel = page.context.new_page()
    href = page.get_by_role("link", name="Open").get_attribute("href")
    assert href is not None
    channel.goto(href)
    buying.press(channel, "Pay")
    expect(page).to_have_url(order)


@SCREENS
def test_what_is_typed_is_echoed_before_it_costs_anything(visit: Visit, screen: Any) -> None:
    page = visit(buying.TOPUP, screen)
    page.locator(".pay-bar button").click()
    page.get_by_label("Phone or email").fill(buying.CONTACT)
    page.get_by_label("Query password").fill(buying.PASSWORD)
    page.locator("[name^=typed_]").first.fill("10023")
    page.locator(".pay-bar button").click()
    expect(page.locator(".field-wrong").first).to_be_visible()
    page.locator("[name^=typed_]").first.fill(buying.UID)
    page.locator("select[name^=typed_]").select_option(index=1)
    page.locator(".pay-bar button").click()
    expect(page.locator(".echo-value").first).to_have_text(buying.UID)
    page.get_by_role("button", name="Change something").click()
    expect(page.locator("[name^=typed_]").first).to_have_value(buying.UID)
    page.locator(".pay-bar button").click()
    buying.place(page)


def test_an_order_nobody_pays_is_called_off(visit: Visit) -> None:
    page = visit(buying.CODES)
    buying.checkout(page)
    page.goto(buying.place(page))
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.locator("#now")).to_contain_text("Cancelled")


def test_too_much_money_is_seen_going_back(visit: Visit) -> None:
    page = visit(buying.CODES)
    buying.checkout(page)
    order = buying.place(page)
    buying.to_channel(page)
    buying.press(page, "Pay 1.00 more")
    watching = visit(order)
    expect(watching.locator("#order")).to_have_attribute("data-state", "delivered")
    watching.reload()
    expect(watching.locator(".return")).to_contain_text("more was paid than asked")


def test_an_order_is_found_by_number_and_password_on_another_device(visit: Visit) -> None:
    page = visit(buying.CODES)
    buying.checkout(page)
    page.goto(buying.place(page))
    number = page.locator(".order-number").first.inner_text()
    other = visit("/find", DESKTOP)
    other.get_by_label("Order number").fill(number)
    other.get_by_label("Query password").fill(buying.PASSWORD)
    other.get_by_role("button", name="Open the order").click()
    expect(other.locator(".order-number").first).to_have_text(number)


def test_where_events_are_cut_the_page_asks_for_itself(visit: Visit) -> None:
    page = visit(buying.CODES)
    buying.checkout(page)
    order = buying.place(page)
    watching = visit("/")
    watching.route("**/live/**", lambda route: route.fulfill(status=204))
    watching.goto(order)
    expect(watching.locator("[data-live-words]")).to_have_text("Checked every 5 s")
    buying.pay(page)
    expect(watching.locator("#order")).to_have_attribute("data-state", "delivered")


def test_without_script_everything_can_be_read_and_done(visit: Visit) -> None:
    page = visit(buying.CODES, PHONE, java_script_enabled=False)
    page.locator(".pay-bar button").click()
    page.get_by_label("Phone or email").fill(buying.CONTACT)
    page.get_by_label("Query password").fill(buying.PASSWORD)
    page.locator(".pay-bar button").click()
    order = buying.place(page)
    buying.pay(page)
    page.goto(order)
    for _ in range(50):
        if page.locator("#order").get_attribute("data-state") == "delivered":
            break
        page.wait_for_timeout(100)
        page.reload()
    page.get_by_role("button", name="Show the code").click()
    expect(page.locator("code.code-text")).to_be_visible()


def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    page = visit(buying.CODES, DESKTOP)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("#quantity").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="One more")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".pay-bar")).to_contain_text("99.00")
    page.keyboard.press("Tab")
    expect(page.locator(".pay-bar button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()


def test_an_order_page_weighs_little_and_calls_nobody_else(visit: Visit) -> None:
    page = visit(buying.CODES)
    buying.checkout(page)
    order = buying.place(page)
    fresh = visit("about:blank")
    asked: list[Any] = []
    fresh.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - it is marked
    fresh.goto(order)
    expect(fresh.locator("[data-live-words]")).to_have_text("Live")
    assert sum(request.sizes()["responseBodySize"] for request in asked) < ORDER_BYTES_MAX
    host = order.split("/o/")[0]
    assert all(request.url.startswith(host) for request in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@SCREENS
def test_axe_finds_nothing_serious(visit: Visit, screen: Any, scheme: str) -> None:
    page = visit("/", screen, color_scheme=scheme, bypass_csp=True)
    _fits(page)
    for path in ("/find", "/nowhere", buying.CODES, buying.TOPUP):
        page.goto(path)
        _fits(page)
    page.locator(".pay-bar button").click()
    _fits(page)
    page.go_back()
    buying.checkout(page)
    _fits(page)
    order = buying.place(page)
    _fits(page)
    buying.choose(page)
    _fits(page)
    page.goto(order)
    page.locator(".promise-why summary").click()
    page.locator(".history summary").click()
    _fits(page)


def _fits(page: Page) -> None:
    """The page is accessible and no wider than its screen."""
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], page.url) for one in found if one["impact"] in AXE_MATTERS]
    assert serious == []
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, f"{page.url} is {wider} px wider than the screen"
