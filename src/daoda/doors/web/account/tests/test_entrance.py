"""Coming in and going out, without learning who else has an account."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern

from daoda.doors.web.account import urls
from daoda.doors.web.account.gate import ENTRANCE, SIGNED_IN
from daoda.doors.web.account.tests.world import (
    LI,
    SECRET,
    WANG,
    give,
    is_in,
    registered,
    signed_in,
)
from daoda.doors.web.buyer.tests.world import Lamp, text, visitor
from daoda.doors.web.staff.tests.world import member
from daoda.doors.web.staff.tests.world import sign_in as staff_signs_in
from daoda.kit import clock
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops import actions as shops
from daoda.trade.buyers.models import Buyer

PATTERNS = {f"/account/{route.pattern}": route for route in urls.urlpatterns}
OPEN = {"/account/registration", "/account/sign-in", "/account/sign-out"}
ODD = ["", "\0", "x" * 3000, "<script>alert(1)</script>", "🂡" * 10, "' OR 1=1 --", "%00"]


def register(browser: Client, contact: str, password: str = SECRET) -> Any:
    return browser.post("/account/registration", {"contact": contact, "password": password})


@pytest.mark.parametrize("address", sorted(PATTERNS))
def test_every_page_says_whether_strangers_may_open_it(address: str) -> None:
    route: URLPattern = PATTERNS[address]
    guard = getattr(route.callback, "guard", None)
    assert guard == (ENTRANCE if address in OPEN else SIGNED_IN)


@pytest.mark.parametrize("address", sorted(set(PATTERNS) - OPEN))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_sign_in(browser: Client, address: str, method: str) -> None:
    answer = getattr(browser, method)(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in")


def test_she_registers_signs_in_and_out(lamp: Lamp, browser: Client) -> None:
    assert "Sign in" in text(browser.get("/"))
    told = register(browser, LI)
    assert told.status_code == 200
    assert "it has one now" in text(told)
    assert f'value="{LI}"' in told.content.decode()
    assert not is_in(browser)
    assert give(browser, LI)["Location"] == "/account/"
    page = text(browser.get("/account/"))
    assert LI in page
    assert "No orders here yet" in page
    assert "My orders" in text(browser.get("/"))
    assert browser.post("/account/sign-out")["Location"] == "/"
    assert not is_in(browser)
    assert "My orders" not in text(browser.get("/"))
    kinds = list(Fact.objects.order_by("id").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind.startswith("buyer.")] == [
        "buyer.registered",
        "buyer.signed_in",
        "buyer.signed_out",
    ]


def test_a_taken_contact_is_answered_in_the_same_words(lamp: Lamp, browser: Client) -> None:
    new, taken = register(browser, LI), register(browser, LI, "another lantern 48")
    assert new.status_code == taken.status_code == 200
    assert text(new) == text(taken)
    assert not is_in(browser)
    assert give(browser, LI, "another lantern 48").status_code == 422


def test_an_unknown_contact_and_a_wrong_password_look_the_same(
    lamp: Lamp, browser: Client, li: Buyer
) -> None:
    wrong, unknown = give(browser, LI, "not my lantern"), give(browser, WANG, "not my lantern")
    assert wrong.status_code == unknown.status_code == 422
    assert text(wrong) == text(unknown)
    assert "The contact or the password is not right" in text(wrong)
    for answer in (wrong, unknown):
        assert "not my lantern" not in answer.content.decode()


def test_guessing_is_stopped_for_the_contact_known_or_not(lamp: Lamp, li: Buyer) -> None:
    for contact in (LI, "nobody@example.com"):
        answers = [
            give(visitor(lamp.shop, REMOTE_ADDR=f"192.0.2.{n}"), contact, "guess").status_code
            for n in range(11)
        ]
        assert answers == [422] * 10 + [429]
    right = give(visitor(lamp.shop), LI)
    assert right.status_code == 429
    assert int(right["Retry-After"]) > 0
    assert "Your orders and payments are not affected." in text(right)


def test_guessing_is_stopped_for_the_address(lamp: Lamp, browser: Client, li: Buyer) -> None:
    for number in range(30):
        give(browser, f"{number}@example.com", "guess")
    assert give(browser, LI).status_code == 429
    assert give(visitor(lamp.shop, REMOTE_ADDR="192.0.2.8"), LI).status_code == 302


def test_opening_accounts_by_the_dozen_is_stopped(lamp: Lamp, browser: Client) -> None:
    answers = [register(browser, f"{n}@example.com").status_code for n in range(21)]
    assert answers == [200] * 20 + [429]


@pytest.mark.parametrize(
    ("contact", "password", "says"),
    [
        ("li", SECRET, "neither a phone number nor an email"),
        (LI, "lantern47", "Too short"),
        (LI, "1234567890", "Too many people use this password"),
        (LI, LI, "This is your phone or email"),
    ],
)
def test_what_is_not_taken_is_said_beside_its_field(
    lamp: Lamp, browser: Client, contact: str, password: str, says: str
) -> None:
    answer = register(browser, contact, password)
    assert answer.status_code == 422
    assert says in text(answer)
    assert f'value="{password}"' not in answer.content.decode() or password == contact
    assert not Buyer.objects.exists()


@pytest.mark.parametrize("odd", ODD)
def test_odd_words_are_refused_in_words(lamp: Lamp, browser: Client, odd: str) -> None:
    for answer in (register(browser, odd, odd), give(browser, odd, odd), give(browser, LI, odd)):
        assert answer.status_code == 422
        assert "<script>alert" not in answer.content.decode()
    for address in PATTERNS:
        assert browser.get(address, {"next": odd, "before": odd}).status_code < 500
        assert browser.post(address, {"next": odd, "order": odd, "by": odd}).status_code < 500


@pytest.mark.parametrize(
    "asked", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_pages_of_ours_alone(
    lamp: Lamp, browser: Client, li: Buyer, asked: str
) -> None:
    assert give(browser, LI, next=asked)["Location"] == "/account/"
    assert browser.get("/account/sign-in", {"next": asked})["Location"] == "/account/"


def test_she_comes_back_to_the_page_she_asked_for(lamp: Lamp, browser: Client, li: Buyer) -> None:
    asked = browser.get("/account/password")["Location"]
    assert asked == "/account/sign-in?next=%2Faccount%2Fpassword"
    page = browser.get(asked).content.decode()
    assert 'name="next" value="/account/password"' in page
    assert give(browser, LI, next="/account/password")["Location"] == "/account/password"


def test_signing_in_gives_the_session_a_new_name(lamp: Lamp, browser: Client, li: Buyer) -> None:
    browser.get("/account/sign-in")
    browser.session.save()
    planted = visitor(lamp.shop)
    session = planted.session
    session["planted"] = True
    session.save()
    before = session.session_key
    assert give(planted, LI).status_code == 302
    assert planted.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    inside = planted.session.session_key
    planted.post("/account/sign-out")
    assert planted.session.session_key != inside
    assert not Session.objects.filter(session_key=inside).exists()


def test_the_session_keeps_neither_contact_nor_password(hers: Client) -> None:
    kept = json.dumps(dict(hers.session))
    assert LI not in kept
    assert SECRET not in kept


def test_staff_and_buyer_may_be_in_at_once(lamp: Lamp, li: Buyer) -> None:
    mine = visitor(lamp.shop)
    wei = member(lamp.shop, "wei", Role.OPERATOR)
    staff_signs_in(mine, wei)
    give(mine, LI)
    assert is_in(mine)
    assert mine.get("/staff/me").status_code == 200
    mine.post("/account/sign-out")
    assert not is_in(mine)
    assert mine.get("/staff/me").status_code == 200


def test_a_buyer_is_not_staff_and_staff_are_no_buyer(lamp: Lamp, hers: Client) -> None:
    for address in ("/staff/me", "/records/"):
        assert hers.get(address).status_code == 302
    clerk = visitor(lamp.shop)
    staff_signs_in(clerk, member(lamp.shop, "wei", Role.OPERATOR))
    assert not is_in(clerk)


def test_a_session_of_another_shop_is_nobodys_here(lamp: Lamp, hers: Client) -> None:
    pine = shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=clock.now())
    assert hers.get("/account/", headers={"Host": pine.hosts[0]}).status_code == 302
    assert is_in(hers)


def test_who_signs_in_after_another_sees_her_own(lamp: Lamp, hers: Client) -> None:
    registered(lamp.shop, WANG)
    give(hers, WANG)
    page = text(hers.get("/account/"))
    assert WANG in page
    assert LI not in page


@pytest.mark.parametrize("address", sorted(PATTERNS))
def test_forms_must_be_ours(lamp: Lamp, li: Buyer, address: str) -> None:
    strict = Client(
        HTTP_HOST=lamp.shop.hosts[0], HTTP_ACCEPT_LANGUAGE="en", enforce_csrf_checks=True
    )
    strict.cookies = signed_in(lamp.shop, LI).cookies
    answer = strict.post(address, {"contact": WANG, "password": SECRET})
    assert answer.status_code == 403
    assert "Nothing was changed" in text(answer)
    assert Buyer.objects.count() == 1


def test_pages_are_kept_by_nobody(hers: Client, browser: Client) -> None:
    for address in sorted(PATTERNS):
        for one in (hers, browser):
            assert "no-store" in one.get(address)["Cache-Control"]
