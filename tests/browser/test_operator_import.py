"""The operator at the desk, on the real house: a list of codes on its way to the shelf."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import buying, desk
from tests.browser.conftest import DESKTOP, PHONE, Visit, soon
from tests.browser.house import House

SCREENS = pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
STEAM = re.compile("Steam .* · 100 元")
AXE_MATTERS = {"serious", "critical"}
MANY = 20_000
Sit = Callable[..., Page]


@pytest.fixture(scope="module")
def operator(house: House, browser: Browser) -> Any:
    """What the operator's browser keeps once she is signed in."""
    context = browser.new_context(locale="en-US", base_url=house.url)
    desk.first_sign_in(context.new_page(), "operator", house.passwords["operator"])
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def sit(visit: Visit, operator: Any) -> Sit:
    """``sit("/desk/", PHONE)``: a page of the operator, signed in."""

    def sat(path: str = "/desk/", screen: Any = DESKTOP, **more: Any) -> Page:
        return visit(path, screen, storage_state=operator, **more)

    return sat


def left(page: Page) -> int:
    """How many codes of the Steam card may still be sold."""
    page.goto("/desk/stock")
    row = page.locator(".line-shelf", has_text=STEAM)
    return int(row.locator(".line-amount").inner_text())


@SCREENS
def test_bad_lines_are_told_by_number_and_the_good_ones_come_in(sit: Sit, screen: Any) -> None:
    page = sit(screen=screen)
    before = left(page)
    mine = [f"{screen['viewport']['width']}-GOOD-{n}" for n in range(5)]
    page.get_by_role("link", name="Import codes").click()
    page.get_by_label("For").select_option(label=_label(page))
    page.get_by_label("Paste the codes").fill("\n".join([*mine, mine[0], "bad\x07line"]))
    page.get_by_role("button", name="Check the list").click()
    expect(page.locator("#import")).to_contain_text("you decide about the bad lines")
    report = page.get_by_role("region", name="Bad lines")
    expect(
        report.get_by_role("row", name=re.compile("^6 stands in this list twice"))
    ).to_be_visible()
    expect(report.get_by_role("row", name=re.compile("^7 an invisible"))).to_be_visible()
    assert left(page) == before
    page.go_back()
    page.get_by_role("button", name="Import the 5 good lines").click()
    expect(page.locator("#import")).to_contain_text("codes are on the shelf")
    assert left(page) == before + 5


def test_a_long_list_shows_how_far_it_is(sit: Sit) -> None:
    page = sit("/desk/imports/new")
    lines = "\n".join(f"MANY-{n:05d}" for n in range(MANY))
    page.get_by_label("For").select_option(label=_label(page))
    page.get_by_label("Or choose a file").set_input_files(
        {"name": "many.txt", "mimeType": "text/plain", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("progressbar", name="Lines read")).to_be_visible()
    with soon(page, 60_000):
        expect(page.locator("#import")).to_contain_text("codes are on the shelf", timeout=60_000)
    expect(page.locator("#import")).to_contain_text("many.txt")
    expect(page.locator("#import .money-large")).to_have_text(str(MANY))


def test_without_script_a_list_comes_in_as_well(sit: Sit) -> None:
    page = sit("/desk/imports/new", PHONE, java_script_enabled=False)
    page.get_by_label("For").select_option(label=_label(page))
    page.get_by_label("Paste the codes").fill("PLAIN-1\nPLAIN-2")
    page.get_by_role("button", name="Check the list").click()
    for _ in range(50):
        if page.get_by_text("codes are on the shelf").count():
            break
        page.wait_for_timeout(100)
        page.reload()
    expect(page.get_by_text("codes are on the shelf")).to_be_visible()


def test_today_sees_an_order_arrive_by_itself(sit: Sit, visit: Visit) -> None:
    page = sit("/desk/")
    expect(page.locator("#law")).to_contain_text("Waiting without a date: 0")
    waiting = page.locator(".tile", has_text="In a person's hands")
    number = int(waiting.locator(".tile-number").inner_text()) if waiting.count() else 0
    buyer = visit(buying.TOPUP)
    buying.checkout(buyer)
    buying.place(buyer)
    buying.pay(buyer)
    expect(waiting.locator(".tile-number")).to_have_text(str(number + 1), timeout=20_000)


def test_the_keyboard_finds_and_walks(sit: Sit, visit: Visit) -> None:
    for _order in range(2):
        buyer = visit(buying.CODES)
        buying.checkout(buyer)
        buying.place(buyer)
    page = sit("/desk/orders")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    links = page.locator("[data-lines] .line-title")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Its way")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@SCREENS
def test_axe_finds_nothing_serious_at_the_desk(sit: Sit, screen: Any, scheme: str) -> None:
    page = sit(screen=screen, color_scheme=scheme, bypass_csp=True)
    _fits(page)
    places = page.locator(".rail a").evaluate_all("links => links.map(link => link.pathname)")
    for path in (place for place in places if place.startswith("/desk/")):
        page.goto(path)
        _fits(page)
    for path in ("/desk/imports/new", "/desk/products/new", "/desk/coupons/new"):
        page.goto(path)
        _fits(page)
    page.goto("/desk/products")
    page.locator(".line-title").nth(1).click()
    _fits(page)
    product = page.url
    for part in ("details", "fields", "dates/handling", "variants/new"):
        page.goto(f"{product}/{part}")
        _fits(page)
    page.goto("/desk/orders")
    page.locator(".line-title").first.click()
    _fits(page)


def _label(page: Page) -> str:
    """The Steam card as the list calls it."""
    labels = page.get_by_label("For").locator("option").all_inner_texts()
    return next(label for label in labels if STEAM.search(label))


def _fits(page: Page) -> None:
    """The page is accessible and no wider than its screen."""
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], page.url) for one in found if one["impact"] in AXE_MATTERS]
    assert serious == []
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, f"{page.url} is {wider} px wider than the screen"
