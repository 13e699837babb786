"""How staff get in, with their hands: one-time password, a password of one's own, second factor."""

from __future__ import annotations

import base64
import time

from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

OWN_PASSWORD = "a long way to the door"


def first_sign_in(page: Page, login: str, one_time_password: str) -> None:
    """From the one-time password to today's page."""
    page.goto("/staff/login")
    page.get_by_label("Login name").fill(login)
    page.get_by_label("Password").fill(one_time_password)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("New password").fill(OWN_PASSWORD)
    page.get_by_label("The same again").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("Cannot scan it?").click()
    page.get_by_label("Code from your authenticator app").fill(
        _code(page.locator("code.code-text").inner_text())
    )
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def import_codes(page: Page, variant: str, text: str) -> None:
    """Paste a list for a variant and have it checked."""
    page.goto("/desk/imports/new")
    page.get_by_label("For").select_option(label=variant)
    page.get_by_label("Paste the codes").fill(text)
    page.get_by_role("button", name="Check the list").click()


def _code(secret: str) -> str:
    plain = secret.replace(" ", "")
    key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    totp = TOTP(key)
    totp.time = time.time()
    return f"{totp.token():06d}"
