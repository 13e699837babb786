"""Buyers as a browser shows them to the shop: pages, forms, cookies, an address of their own."""

from __future__ import annotations

import http.client
import re
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from daoda.proving.bench import load

_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_DRAFT = re.compile(r'name="draft" value="([^"]+)"')
FORM = "application/x-www-form-urlencoded"
# The server must count one proxy before it, or all buyers would be one visitor to its limits.
BEHIND_A_PROXY = {"DAODA_TRUSTED_PROXIES": "1"}


class Browser:
    """One visitor. Pictures and styles are not asked for: a browser keeps them."""

    def __init__(self, port: int, number: int) -> None:
        self.requests = 0
        self._connection = http.client.HTTPConnection(load.HOST, port, timeout=60)
        self._address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._cookies: dict[str, str] = {}
        self._token = ""

    def get(self, path: str) -> str:
        """What the page says, or where it leads to."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form of the page seen last; what comes back, or where it leads to."""
        return self._ask("POST", path, urlencode({**fields, "csrfmiddlewaretoken": self._token}))

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"X-Forwarded-For": self._address, "Cookie": cookies, "Content-Type": FORM}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self.requests += 1
        for told in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = told.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        if answer.status in {302, 303}:
            return answer.headers["Location"]
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        if found := _CSRF.search(text):
            self._token = found[1]
        return text


def order(browser: Browser, variant_id: uuid.UUID, channel_id: uuid.UUID) -> str:
    """From the shop's front to the channel's page; the address of the order."""
    choice = {"variant": variant_id.hex, "quantity": "1"}
    browser.get("/")
    browser.get("/p/card")
    browser.get(f"/checkout?{urlencode(choice)}")
    contact = f"{uuid.uuid4().hex}@example.cn"
    page = browser.post("/checkout", {**choice, "contact": contact, "password": "query-4711"})
    draft = _DRAFT.search(page)
    if draft is None:
        raise RuntimeError("the checkout did not lead to its confirmation")
    paying = browser.post("/orders", {"draft": draft[1]})
    browser.get(paying)
    browser.get(browser.post(f"{paying}s", {"channel": channel_id.hex}))
    browser.close()  # she pays elsewhere, and comes back by another connection
    return paying.removesuffix("/payment")


def collect(browser: Browser, order_path: str) -> None:
    """The delivered order's page, and its code."""
    browser.get(order_path)
    shown = browser.post(f"{order_path}/codes/reveal", {})
    if shown.startswith("/"):
        browser.get(shown)
