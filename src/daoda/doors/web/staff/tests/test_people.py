from __future__ import annotations

import pytest
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
    walked_in,
)
from daoda.kit import clock
from daoda.records.accounts import queries
from daoda.records.accounts.models import ApiKey, Staff
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop


@pytest.fixture
def desk(browser: Client, wei: Staff) -> Client:
    """The operator's browser."""
    sign_in(browser, wei)
    return browser


def test_an_operator_invites_and_the_invited_gets_in(desk: Client, wei: Staff, lamp: Shop) -> None:
    form = {"login": "Li", "name": "李雷", "role": "agent"}
    page = desk.post(reverse("staff:invitation"), form)
    li = Staff.everywhere.get(login="li")
    assert Fact.everywhere.get(kind="staff.invited", subject_id=li.pk).actor == wei.actor
    answer = give_password(at_door_of(lamp), "li", shown_code(page))
    assert answer.headers["Location"] == reverse("staff:new_password")
    assert "李雷" in desk.get(reverse("staff:people")).content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"login": "WEI", "name": "x", "role": "agent"},
        {"login": "li", "name": "x", "role": "king"},
        {"login": "", "name": "", "role": ""},
    ],
)
def test_an_invitation_that_cannot_be_is_refused_in_words(
    desk: Client, form: dict[str, str]
) -> None:
    answer = desk.post(reverse("staff:invitation"), form)
    assert answer.status_code == 422
    assert b"field-wrong" in answer.content


def test_a_changed_role_counts_at_the_next_page(desk: Client, lamp: Shop) -> None:
    li = member(lamp, "li", Role.AUDITOR)
    theirs = at_door_of(lamp)
    sign_in(theirs, li)
    assert theirs.get(reverse("staff:people")).status_code == 200
    desk.post(reverse("staff:role", args=[li.pk]), {"role": "agent"})
    assert theirs.get(reverse("staff:people")).status_code == 403


def test_the_last_operator_is_told_why_not(desk: Client, wei: Staff) -> None:
    for name, form in (("role", {"role": "agent"}), ("switch", {"open": "0"})):
        page = desk.post(reverse(f"staff:{name}", args=[wei.pk]), form, follow=True)
        assert b"notice" in page.content
    wei.refresh_from_db()
    assert (wei.role, wei.is_active) == ("operator", True)


def test_a_lost_phone_is_helped(desk: Client, lamp: Shop) -> None:
    li = member(lamp, "li", Role.AGENT)
    desk.post(reverse("staff:person_factor", args=[li.pk]))
    answer = give_password(at_door_of(lamp), "li")
    assert answer.headers["Location"] == reverse("staff:enrolment")
    assert "second_factor.reset" in facts_about(li.pk)


def test_people_of_another_shop_are_not_found(desk: Client, pine: Shop) -> None:
    ann = member(pine, "ann", Role.AGENT)
    assert desk.get(reverse("staff:person", args=[ann.pk])).status_code == 404
    for name in ("role", "person_password", "person_factor", "switch"):
        answer = desk.post(reverse(f"staff:{name}", args=[ann.pk]), {"role": "operator"})
        assert answer.status_code == 404
    assert facts_about(ann.pk) == []


def test_switching_off_and_on(desk: Client, lamp: Shop) -> None:
    li = member(lamp, "li", Role.AGENT)
    desk.post(reverse("staff:switch", args=[li.pk]), {"open": "0"})
    assert give_password(at_door_of(lamp), "li").status_code == 422
    desk.post(reverse("staff:switch", args=[li.pk]), {"open": "1"})
    assert give_password(at_door_of(lamp), "li").status_code == 302


def test_ones_own_password_needs_the_present_one(browser: Client, wei: Staff) -> None:
    sign_in(browser, wei)
    form = {"present": "wrong", "password": "another horse", "again": "another horse"}
    assert browser.post(reverse("staff:password"), form).status_code == 422
    answer = browser.post(reverse("staff:password"), {**form, "present": PASSWORD})
    assert answer.headers["Location"] == reverse("staff:me")
    assert browser.get(reverse("staff:me")).status_code == 200


def test_a_changed_password_ends_the_other_sessions(lamp: Shop, wei: Staff) -> None:
    here, there = at_door_of(lamp), at_door_of(lamp)
    sign_in(here, wei)
    code = _recovery_code(here)
    give_password(there, "wei")
    give_code(there, code)
    assert there.get(reverse("staff:me")).status_code == 200
    form = {"present": PASSWORD, "password": "another horse", "again": "another horse"}
    here.post(reverse("staff:password"), form)
    assert there.get(reverse("staff:me")).status_code == 302
    assert here.get(reverse("staff:me")).status_code == 200


def test_guessing_the_present_password_is_limited(desk: Client) -> None:
    form = {"present": "wrong", "password": "another horse", "again": "another horse"}
    for _ in range(5):
        desk.post(reverse("staff:password"), form)
    answer = desk.post(reverse("staff:password"), {**form, "present": PASSWORD})
    assert answer.status_code == 200
    assert b"notice" in answer.content


def test_a_key_is_issued_shown_once_and_revoked(desk: Client, lamp: Shop) -> None:
    form = {"name": "till", "scopes": ["orders:read"], "valid_days": "30"}
    page = desk.post(reverse("staff:new_key"), form)
    token = shown_code(page)
    key = queries.key_of(token, now=clock.now())
    assert key is not None
    assert token.encode() not in desk.get(reverse("staff:keys")).content
    desk.post(reverse("staff:revocation", args=[key.pk]))
    assert queries.key_of(token, now=clock.now()) is None


@pytest.mark.parametrize(
    "form",
    [{"name": "till"}, {"name": "till", "scopes": ["all"], "valid_days": "30"}, {}],
)
def test_a_key_that_cannot_be_is_refused_in_words(desk: Client, form: dict[str, object]) -> None:
    assert desk.post(reverse("staff:new_key"), form).status_code == 422
    assert not ApiKey.everywhere.exists()


def test_technical_issues_keys_and_sees_no_staff(lamp: Shop) -> None:
    browser = walked_in(lamp, "tao", Role.TECHNICAL)
    assert browser.get(reverse("staff:keys")).status_code == 200
    assert browser.get(reverse("staff:people")).status_code == 403
    assert reverse("staff:people").encode() not in browser.get(reverse("staff:me")).content


def _recovery_code(browser: Client) -> str:
    page = browser.post(reverse("staff:recovery_codes")).content.decode()
    return page.split('<pre class="code-text">')[1].split()[0].split("<")[0]


def test_the_helper_reads_a_code_of_the_app(wei: Staff) -> None:
    assert len(app_code(wei)) == 6
