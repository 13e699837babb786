from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from daoda.doors.web.staff.tests.world import (
    PASSWORD,
    app_code,
    at_door_of,
    facts_about,
    give_code,
    give_password,
    member,
    shown_code,
    sign_in,
    wrong_code,
)
from daoda.doors.web.staff.views import entrance
from daoda.kit import clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop

OWN = "a much better horse"


def test_the_password_alone_opens_nothing(browser: Client, wei: Staff) -> None:
    assert give_password(browser, "wei").url == reverse("staff:second_factor")
    assert "_auth_user_id" not in browser.session
    assert browser.get(reverse("staff:me")).status_code == 302
    assert facts_about(wei.pk) == []


def test_password_and_app_open_the_door(browser: Client, wei: Staff) -> None:
    sign_in(browser, wei)
    assert facts_about(wei.pk) == ["staff.signed_in"]
    wei.refresh_from_db()
    assert wei.last_signed_in_at is not None


def test_a_code_lets_one_browser_in(browser: Client, wei: Staff, lamp: Shop) -> None:
    other = at_door_of(lamp)
    give_password(browser, "wei")
    give_password(other, "wei")
    code = app_code(wei)
    assert give_code(browser, code).status_code == 302
    assert give_code(other, code).status_code == 422


def test_a_recovery_code_serves_without_the_phone(browser: Client, wei: Staff) -> None:
    code = accounts.renew_recovery_codes(staff=wei, now=clock.now())[0]
    give_password(browser, "wei")
    assert give_code(browser, code).url == reverse("desk:today")
    fact = Fact.everywhere.get(kind="staff.signed_in")
    assert fact.data == {"second_factor": "recovery_code"}


def test_who_comes_for_the_first_time_sets_a_password_and_an_app(lamp: Shop, db: None) -> None:
    invited = accounts.invite(
        shop_id=lamp.pk,
        login="li",
        name="Li",
        role=Role.AGENT,
        actor="staff:wei",
        now=clock.now(),
    )
    browser = at_door_of(lamp)
    step = give_password(browser, "li", invited.one_time_password)
    assert step.headers["Location"] == reverse("staff:new_password")
    assert browser.get(reverse("staff:enrolment")).headers["Location"] == reverse("staff:login")
    give_password(browser, "li", invited.one_time_password)
    step = browser.post(reverse("staff:new_password"), {"password": OWN, "again": OWN})
    assert step.headers["Location"] == reverse("staff:enrolment")
    page = browser.get(step.headers["Location"])
    assert b"<svg" in page.content
    assert b"otpauth://totp/Lamp%3Ali" in page.content
    step = browser.post(step.headers["Location"], {"code": app_code(invited.staff)})
    assert step.content.count(b"-") >= 10
    assert browser.get(reverse("staff:me")).status_code == 200
    assert give_password(at_door_of(lamp), "li", invited.one_time_password).status_code == 422
    assert facts_about(invited.staff.pk) == [
        "second_factor.enrolled",
        "staff.invited",
        "staff.password_set",
        "staff.signed_in",
    ]


def test_a_stolen_one_time_password_does_not_get_past_the_app(browser: Client, wei: Staff) -> None:
    one_time = accounts.reset_password(staff=wei, actor="staff:boss", now=clock.now())
    assert give_password(browser, "wei", one_time).url == reverse("staff:second_factor")
    step = browser.get(reverse("staff:new_password"))
    assert step.headers["Location"] == reverse("staff:login")
    assert give_code(browser, app_code(wei)).url == reverse("staff:new_password")
    step = browser.post(reverse("staff:new_password"), {"password": OWN, "again": OWN})
    assert step.headers["Location"] == reverse("desk:today")


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), ("password123", "password123"), (OWN, "other"), ("", "")],
)
def test_a_weak_or_mistyped_password_is_not_taken(
    browser: Client, wei: Staff, password: str, again: str
) -> None:
    one_time = accounts.reset_password(staff=wei, actor="staff:boss", now=clock.now())
    give_password(browser, "wei", one_time)
    give_code(browser, app_code(wei))
    step = browser.post(reverse("staff:new_password"), {"password": password, "again": again})
    assert step.status_code == 422
    step = browser.post(reverse("staff:new_password"), {"password": one_time, "again": one_time})
    assert step.status_code == 422


def test_five_wrong_passwords_lock_and_the_page_says_until_when(
    browser: Client, wei: Staff
) -> None:
    answers = [give_password(browser, "wei", "wrong").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    locked = give_password(browser, "wei", PASSWORD)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 15 * 60
    assert b"<time" in locked.content
    facts = Fact.everywhere.filter(kind="staff.locked_out")
    assert [(fact.subject_id, fact.data["step"]) for fact in facts] == [(wei.pk, "password")]


def test_a_lock_does_not_shut_out_someone_elsewhere(browser: Client, wei: Staff) -> None:
    for _ in range(6):
        give_password(browser, "wei", "wrong")
    answer = browser.post(
        reverse("staff:login"),
        {"login": "wei", "password": PASSWORD},
        REMOTE_ADDR="198.51.100.9",
    )
    assert answer.status_code == 302


def test_five_wrong_codes_lock_and_are_on_record(browser: Client, wei: Staff) -> None:
    give_password(browser, "wei")
    answers = [give_code(browser, wrong_code(wei)).status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 422, 429]
    assert give_code(browser, app_code(wei)).status_code == 429
    fact = Fact.everywhere.get(kind="staff.locked_out")
    assert fact.data["step"] == "second_factor"


def test_one_address_may_try_so_often_whatever_the_name(browser: Client, wei: Staff) -> None:
    answers = {
        give_password(browser, f"name{n}", "wrong").status_code
        for n in range(entrance.LOGINS_PER_ADDRESS)
    }
    assert answers == {422}
    assert give_password(browser, "wei").status_code == 429


def test_the_half_open_door_closes_after_ten_minutes(browser: Client, wei: Staff) -> None:
    give_password(browser, "wei")
    session = browser.session
    pending = session[entrance.PENDING]
    pending["at"] = (clock.now() - entrance.PENDING_VALID - timedelta(seconds=1)).isoformat()
    session[entrance.PENDING] = pending
    session.save()
    assert give_code(browser, app_code(wei)).url == reverse("staff:login")


def test_a_password_changed_elsewhere_closes_the_half_open_door(
    browser: Client, wei: Staff
) -> None:
    give_password(browser, "wei")
    accounts.set_password(staff=wei, password=OWN, now=clock.now())
    assert give_code(browser, app_code(wei)).url == reverse("staff:login")


def test_someone_switched_off_is_out_at_once(browser: Client, wei: Staff, lamp: Shop) -> None:
    li = member(lamp, "li", Role.AGENT)
    sign_in(browser, li)
    accounts.switch_off(staff=li, actor=wei.actor, now=clock.now())
    assert browser.get(reverse("staff:me")).status_code == 302
    accounts.switch_on(staff=li, actor=wei.actor, now=clock.now())
    assert browser.get(reverse("staff:me")).status_code == 302


def test_a_session_of_one_shop_is_worth_nothing_at_another(
    browser: Client, wei: Staff, pine: Shop
) -> None:
    sign_in(browser, wei)
    assert browser.get(reverse("staff:me"), HTTP_HOST="pine.example").status_code == 302
    assert give_password(at_door_of(pine), "wei").status_code == 422


def test_signing_out_ends_the_session(browser: Client, wei: Staff) -> None:
    sign_in(browser, wei)
    assert browser.get(reverse("staff:sign_out")).status_code == 405
    browser.post(reverse("staff:sign_out"))
    assert browser.get(reverse("staff:me")).status_code == 302
    assert "staff.signed_out" in facts_about(wei.pk)


def test_a_session_changes_its_name_on_the_way_in(browser: Client, wei: Staff) -> None:
    give_password(browser, "wei")
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value
    give_code(browser, app_code(wei))
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/staff/me/password", "/staff/me/password"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
    ],
)
def test_the_way_back_leads_to_our_own_pages_only(
    browser: Client, wei: Staff, asked: str, goes_to: str
) -> None:
    give_password(browser, "wei", next=asked)
    assert give_code(browser, app_code(wei)).url == goes_to


def test_the_way_in_is_kept_out_of_caches(browser: Client, wei: Staff) -> None:
    assert "no-store" in browser.get(reverse("staff:login")).headers["Cache-Control"]
    sign_in(browser, wei)
    assert "no-store" in browser.get(reverse("staff:me")).headers["Cache-Control"]


def test_a_form_from_elsewhere_is_refused(lamp: Shop, wei: Staff) -> None:
    strict = Client(HTTP_HOST="lamp.example", enforce_csrf_checks=True)
    assert give_password(strict, "wei").status_code == 403


LOGINS = ["", "\0", "x" * 151, "魏" * 100, "' OR 1=1 --"]


@pytest.mark.parametrize("password", ["", "\0", "x" * 10_000], ids=["empty", "null", "long"])
def test_odd_input_is_refused_in_words(browser: Client, wei: Staff, password: str) -> None:
    for login in LOGINS:
        assert give_password(browser, login, password).status_code == 422, login


def test_one_time_passwords_are_not_in_pages_that_can_be_reloaded(
    browser: Client, wei: Staff, lamp: Shop
) -> None:
    li = member(lamp, "li", Role.AGENT)
    sign_in(browser, wei)
    page = browser.post(reverse("staff:person_password", args=[li.pk]))
    one_time = shown_code(page)
    assert one_time.encode() not in browser.get(reverse("staff:person", args=[li.pk])).content
    assert give_password(at_door_of(lamp), "li", one_time).status_code == 302
