"""One house and one browser for all browser tests; every test has a visitor of her own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.house import CHROMIUM_FLAGS, House, chromium

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
ANSWER_MS_MAX = 15_000
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def house(server: Any, template: str, worker_id: str) -> Iterator[House]:
    """The demo shop on a database of its own, on the server the test run has."""
    name = f"{template.removesuffix('_template')}_house_{worker_id}"
    database = server.create(name, template=template)
    ours = {
        "DATABASE_URL": database.url,
        "DATABASE_OWNER_URL": database.owner_url,
        "DAODA_KEYS": os.environ["DAODA_KEYS"],
    }
    try:
        with House(more=ours) as running:
            yield running
    finally:
        server.drop(name)


# Of one module: Playwright's loop runs in this thread until it is stopped, and Django refuses to
# work in a thread where a loop runs; a test of another file may come next.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = chromium()
    if path is None:
        pytest.fail("no Chromium on this machine: install chromium (and a Chinese font)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def visit(house: House, browser: Browser) -> Iterator[Visit]:
    """``visit("/p/x", PHONE)``: a page of a new visitor.

    No script of hers may fail, nothing may break the content policy, no answer may be a 5xx.
    """
    open_now: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str = "/", screen: dict[str, Any] = PHONE, **more: Any) -> Page:
        context = browser.new_context(**{"locale": "en-US", **screen, **more}, base_url=house.url)
        context.set_default_timeout(ANSWER_MS_MAX)
        open_now.append(context)
        page = context.new_page()
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on("console", lambda said: _hear(said.text, complaints))
        page.goto(path)
        return page

    yield opened
    for context in open_now:
        context.close()
    assert complaints == [], house.said[-3000:]


def _hear(said: str, complaints: list[str]) -> None:
    if "Content Security Policy" in said or "status of 5" in said:
        complaints.append(said)


@contextmanager
def soon(page: Page, milliseconds: int) -> Iterator[None]:
    """Within this block the page answers in less time than usual."""
    page.set_default_timeout(milliseconds)
    try:
        yield
    finally:
        page.set_default_timeout(ANSWER_MS_MAX)
