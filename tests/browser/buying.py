"""What a buyer does with her hands, once for all stories."""

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
    page.get_by_label("Phone or email").fill(CONTACT)
    page.get_by_label("Query password").fill(PASSWORD)
    for field in page.locator("[name^=typed_]").all():
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(index=1)
        else:
            field.fill(UID)
    page.locator(".pay-bar button").click()
    expect(page.get_by_role("heading", name="Is everything right?")).to_be_visible()


def place(page: Page) -> str:
    """Confirm; the address of the order."""
    check = page.locator("[name=checked]")
    if check.count():
        check.check()
    page.get_by_role("button", name="Confirm and pay").click()
    expect(page.get_by_role("heading", name="How will you pay?")).to_be_visible()
    return page.url.removesuffix("/payment")


def to_channel(page: Page) -> None:
    """Choose the channel and go to its page."""
    page.get_by_role("button", name="Pay ¥").click()
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_text("simulated, no money moves")).to_be_visible()


def press(page: Page, what: str) -> None:
    """One of the channel's buttons."""
    page.get_by_role("button", name=what).first.click()
