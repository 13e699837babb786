"""What a buyer does with her hands, once for all stories and pictures, in any language."""

from __future__ import annotations

from playwright.sync_api import Page, expect

CONTACT = "lilei@example.cn"
PASSWORD = "sesame-42"
UID = "100234567"
CODES = "/p/steam-wallet"
TOPUP = "/p/genshin-crystal"


def checkout(page: Page) -> None:
    """From a product's page to the second confirmation."""
    page.locator(".pay-bar button").click()
    page.locator("[name=contact]").fill(CONTACT)
    page.locator("[name=password]").fill(PASSWORD)
    for field in page.locator("[name^=typed_]").all():
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(index=1)
        else:
            field.fill(UID)
    page.locator(".pay-bar button").click()
    expect(page.locator("[name=draft]")).to_be_attached()


def place(page: Page) -> str:
    """Confirm; the address of the order."""
    check = page.locator("[name=checked]")
    if check.count():
        check.check()
    page.locator("button[value=place]").click()
    expect(page.locator("[name=channel]").first).to_be_attached()
    return page.url.removesuffix("/payment")


def choose(page: Page) -> None:
    """Choose the first channel; its page is now a click away."""
    page.locator("form:has([name=channel]) button").click()
    expect(page.locator(".pay-way")).to_be_visible()


def to_channel(page: Page) -> None:
    """Choose the channel and go to its page."""
    choose(page)
    page.locator(".pay-way a.button").first.click()
    expect(page.get_by_text("simulated, no money moves")).to_be_visible()


def press(page: Page, what: str) -> None:
    """One of the channel's buttons; they speak both languages."""
    page.get_by_role("button", name=what).first.click()


def pay(page: Page) -> None:
    """Choose the channel, go to its page, pay once."""
    to_channel(page)
    press(page, "Pay")
