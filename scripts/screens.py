"""Take the pictures of docs/screens: `make screens`.

Starts the demo shop on free ports, walks a buyer's and the operator's way with the system's
Chromium and photographs the main pages, in Chinese, on a phone and on a desktop, light and dark.
Colours are reduced so that a picture stays below a few tens of kilobytes.

Exit status: 0, or 1 with what is missing on this machine.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import buying, desk  # noqa: E402 - from the project's root, wherever one stands
from tests.browser.house import CHROMIUM_FLAGS, House, NotReady, chromium  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
PHONE = (360, 740)
DESKTOP = (1280, 800)
COLOURS = 64
COMMON_COLOURS = 24


def main() -> int:
    """Photograph every page; says what it took."""
    path = chromium()
    if path is None:
        print("No Chromium found. Install it with a Chinese font and try again.")
        return 1
    SCREENS.mkdir(parents=True, exist_ok=True)
    print("Starting the demo shop ...", flush=True)
    try:
        with House() as house, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS])
            for tour in (shelf, checkout, code_order, topup_order, finding, the_desk):
                tour(browser, house)
            browser.close()
    except NotReady as problem:
        print(f"The demo shop did not start:\n{problem}")
        return 1
    return 0


def shelf(browser: Browser, house: House) -> None:
    """The shop front and a product."""
    with visitor(browser, house, PHONE) as page:
        take(page, "shop-phone")
        page.goto(buying.TOPUP)
        take(page, "product-phone")
    with visitor(browser, house, DESKTOP) as page:
        take(page, "shop-desktop")


def checkout(browser: Browser, house: House) -> None:
    """The second confirmation, and the page one pays on."""
    with visitor(browser, house, PHONE, path=buying.TOPUP) as page:
        buying.checkout(page)
        take(page, "confirm-phone")
    with visitor(browser, house, DESKTOP, path=buying.CODES) as page:
        buying.checkout(page)
        buying.place(page)
        buying.choose(page)
        take(page, "pay-desktop")


def code_order(browser: Browser, house: House) -> None:
    """An order of codes, before it is paid and once it has arrived."""
    with visitor(browser, house, PHONE, path=buying.CODES) as page:
        buying.checkout(page)
        order = buying.place(page)
        page.goto(order)
        expect(page.locator(".live-streams")).to_be_visible()
        take(page, "order-unpaid-phone")
        page.goto(f"{order}/payment")
        buying.pay(page)
        page.goto(order)
        expect(page.locator("#order")).to_have_attribute("data-state", "delivered")
        page.locator(".code form button").click()
        expect(page.locator("code.code-text")).to_be_visible()
        take(page, "order-arrived-phone")
    with visitor(browser, house, PHONE, path=order, scheme="dark") as page:
        take(page, "order-arrived-phone-dark")


def topup_order(browser: Browser, house: House) -> None:
    """An order a person delivers, while it is under way."""
    with visitor(browser, house, PHONE, path=buying.TOPUP) as page:
        buying.checkout(page)
        order = buying.place(page)
        buying.pay(page)
        page.goto(order)
        expect(page.locator("#order")).to_have_attribute("data-state", "in_hand")
        page.locator(".promise-why summary").click()
        take(page, "order-in-hand-phone")
    with visitor(browser, house, DESKTOP, path=order, scheme="dark") as page:
        page.locator(".history summary").click()
        take(page, "order-in-hand-desktop-dark")


def finding(browser: Browser, house: House) -> None:
    """Finding an order again."""
    with visitor(browser, house, PHONE, path="/find") as page:
        take(page, "find-phone")


def the_desk(browser: Browser, house: House) -> None:
    """The operator's day: today, one order's story, a list of codes with bad lines."""
    with browser.new_context(
        base_url=house.url, locale="en-US", timezone_id="Asia/Shanghai"
    ) as context:
        desk.first_sign_in(context.new_page(), "operator", house.passwords["operator"])
        kept = context.storage_state()
    with visitor(browser, house, DESKTOP, path="/desk/", kept=kept) as page:
        take(page, "today-desktop")
        page.goto("/desk/orders?state=in_hand")
        page.locator(".line-title").first.click()
        take(page, "desk-order-desktop")
        page.goto("/desk/imports/new")
        page.locator("[name=variant]").select_option(index=1)
        page.locator("[name=text]").fill("AAAA-1111\nAAAA-2222\nAAAA-1111")
        page.locator("form [type=submit], form button.button-wide").click()
        expect(page.locator("#import form").first).to_be_visible()
        reported = page.url
    with visitor(browser, house, PHONE, path=reported, kept=kept) as page:
        take(page, "import-phone")
    with visitor(browser, house, PHONE, path="/desk/", scheme="dark", kept=kept) as page:
        take(page, "today-phone-dark")


@contextmanager
def visitor(
    browser: Browser,
    house: House,
    screen: tuple[int, int],
    *,
    path: str = "/",
    scheme: str = "light",
    kept: StorageState | None = None,
) -> Iterator[Page]:
    """A page of a new visitor in Shanghai, or of one with what a browser had ``kept``."""
    phone = screen == PHONE
    context = browser.new_context(
        base_url=house.url,
        viewport={"width": screen[0], "height": screen[1]},
        device_scale_factor=1.5 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        storage_state=kept,
    )
    page = context.new_page()
    page.goto(path)
    yield page
    context.close()


def take(page: Page, name: str) -> None:
    """Photograph the whole page, with few colours."""
    # A bar fixed to the screen would float in the middle of a picture of the whole page.
    height = page.evaluate("document.documentElement.scrollHeight")
    assert page.viewport_size is not None
    before = page.viewport_size
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    shot = Image.open(io.BytesIO(page.screenshot()))
    page.set_viewport_size(before)
    picture = SCREENS / f"{name}.png"
    _few_colours(shot.convert("RGB")).save(picture, optimize=True)
    print(f"  {picture.relative_to(ROOT)}  {picture.stat().st_size // 1024} KB", flush=True)


def _few_colours(shot: Image.Image) -> Image.Image:
    """The commonest colours exactly, so that grounds keep theirs, and of the others those that lie
    farthest apart, so that the few pixels of a mark keep theirs as well."""
    counted = sorted(shot.getcolors(shot.width * shot.height) or (), reverse=True)
    common: list[Any] = [tone for _times, tone in counted[:COMMON_COLOURS]]
    apart = shot.quantize(COLOURS - len(common), method=Image.Quantize.MAXCOVERAGE)
    palette = Image.new("P", (1, 1))
    exact = [part for tone in common for part in tone]
    palette.putpalette(exact + (apart.getpalette() or [])[: 3 * (COLOURS - len(common))])
    return shot.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
