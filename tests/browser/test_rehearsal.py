"""A day chosen at the desk, played by the real worker, and looked at on a phone and a desktop."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import desk
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.house import House

PLAYED_MS_MAX = 180_000
AXE_MATTERS = {"serious", "critical"}
EVENING = (("20:00", "3"), ("20:10", "1"))


@pytest.fixture(scope="module")
def technical(house: House, browser: Browser) -> Any:
    """What the browser of somebody from the technical department keeps."""
    context = browser.new_context(locale="en-US", base_url=house.url)
    desk.first_sign_in(context.new_page(), "technical", house.passwords["technical"])
    kept = context.storage_state()
    context.close()
    return kept


def choose(page: Page) -> None:
    """From today's page to a short evening, one person delivering by hand."""
    page.get_by_role("link", name="Rehearsals").first.click()
    page.get_by_role("link", name="Choose a day").click()
    page.get_by_role("link", name="A quiet day").click()
    page.get_by_label("What you call it").fill("Short evening")
    rows = page.locator(".table-inputs").first.locator("tbody tr")
    for number in range(rows.count()):
        starts, per_minute = EVENING[number] if number < len(EVENING) else ("", "")
        rows.nth(number).get_by_role("textbox").first.fill(starts)
        rows.nth(number).locator("input").nth(1).fill(per_minute)
    page.get_by_label("The last order comes before").fill("20:20")
    page.get_by_role("button", name="Play this day").click()


def fits(page: Page) -> None:
    """The page is accessible and no wider than its screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], page.url) for one in found if one["impact"] in AXE_MATTERS] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_day_is_played_while_one_looks_on(visit: Visit, technical: Any) -> None:
    page = visit("/desk/", DESKTOP, storage_state=technical, bypass_csp=True)
    choose(page)
    shown = page.locator("#rehearsal")
    expect(shown).to_have_attribute("data-state", "running", timeout=PLAYED_MS_MAX)
    expect(page.get_by_role("progressbar", name="Buyers who have come")).to_be_visible()
    expect(shown).to_have_attribute("data-state", "done", timeout=PLAYED_MS_MAX)
    expect(page.get_by_role("heading", name="Where it would stick first")).to_be_visible()
    expect(page.get_by_role("img", name="The day minute by minute")).to_be_visible()
    expect(shown).to_contain_text("laws were asked of the copy before it went, and all held")
    page.get_by_text("The numbers").click()
    expect(page.get_by_role("row", name="20:00")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="The picture as a file").click()
    assert fetched.value.suggested_filename.endswith(".svg")
    played = page.url
    for screen in (PHONE, DESKTOP):
        for scheme in ("light", "dark"):
            seen = visit(
                played, screen, storage_state=technical, color_scheme=scheme, bypass_csp=True
            )
            for path in (played, "/desk/rehearsals", "/desk/rehearsals/new?preset=sale"):
                seen.goto(path)
                fits(seen)


def test_without_script_a_day_is_asked_for_as_well(visit: Visit, technical: Any) -> None:
    page = visit("/desk/rehearsals/new", PHONE, storage_state=technical, java_script_enabled=False)
    page.get_by_label("Throw of the dice").fill("-1")
    page.get_by_role("button", name="Play this day").click()
    expect(page.get_by_text("Ensure this value is greater than or equal to 0.")).to_be_visible()
    page.get_by_label("Throw of the dice").fill("5")
    page.get_by_role("button", name="Play this day").click()
    expect(page.get_by_role("link", name="Refresh")).to_be_visible()
