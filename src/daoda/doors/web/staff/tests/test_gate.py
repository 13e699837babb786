"""Who may open which page of staff: every address is walked, by nobody and by every role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from daoda.doors.web.staff.gate import ENTRANCE, SIGNED_IN
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role
from daoda.records.shops.models import Shop

STAFF_PARTS = ("staff/", "desk/")
# The pages by which one gets in, or out.
OPEN = {
    "staff/login",
    "staff/second-factor",
    "staff/enrolment",
    "staff/new-password",
    "staff/sign-out",
}


def pages() -> Iterator[tuple[str, URLPattern]]:
    """Every address below the parts of staff, with its pattern."""
    yield from (
        (address, pattern)
        for address, pattern in _walk(get_resolver(), "")
        if address.startswith(STAFF_PARTS)
    )


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for part in resolver.url_patterns:
        address = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from _walk(part, address)
        else:
            yield address, part


PAGES = dict(pages())


def address_of(pattern: str) -> str:
    """An address that fits the pattern; what it names need not exist."""
    filled = pattern
    for kind in ("uuid:", "slug:", "int:", "str:", ""):
        while (start := filled.find(f"<{kind}")) >= 0:
            end = filled.index(">", start)
            value = {"uuid:": str(uuid.uuid4()), "int:": "1"}.get(kind, "none")
            filled = filled[:start] + value + filled[end + 1 :]
    return "/" + filled


def test_there_are_pages_to_guard() -> None:
    assert {"staff/login", "staff/me", "staff/people"} <= set(PAGES)


@pytest.mark.parametrize("pattern", PAGES)
def test_every_page_says_what_it_asks_for(pattern: str) -> None:
    guard = getattr(PAGES[pattern].callback, "guard", None)
    assert guard is not None, "decorate the view with requires(...), signed_in or entrance"
    assert (guard == ENTRANCE) == (pattern in OPEN)


@pytest.mark.parametrize("pattern", sorted(set(PAGES) - OPEN))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_sign_in(lamp: Shop, pattern: str, method: str) -> None:
    answer = getattr(Client(HTTP_HOST="lamp.example"), method)(address_of(pattern))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/staff/login")


def test_a_piece_of_a_page_sends_the_whole_page_away(lamp: Shop) -> None:
    answer = Client(HTTP_HOST="lamp.example").get("/staff/me", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/staff/login"


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_it_may_and_nothing_else(lamp: Shop, role: Role) -> None:
    browser = walked_in(lamp, "wei", role)
    for pattern in sorted(set(PAGES) - OPEN):
        guard = PAGES[pattern].callback.guard  # type: ignore[attr-defined]  # see the test above
        refused = isinstance(guard, Permission) and guard not in ROLE_MAY[role]
        answer = browser.get(address_of(pattern))
        assert (answer.status_code == 403) == refused, pattern
        assert answer.status_code < 500, pattern
        if guard == SIGNED_IN:
            assert answer.status_code in (200, 405), pattern
