from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from daoda.doors.web.staff.admin import RecordsSite
from daoda.doors.web.staff.tests.world import sign_in, walked_in
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role
from daoda.records.shops.models import Shop


def test_the_admin_is_ours() -> None:
    assert isinstance(admin.site, RecordsSite)


def test_a_stranger_is_sent_to_our_sign_in_and_back(browser: Client) -> None:
    answer = browser.get("/records/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/staff/login?next=%2Frecords%2F")
    assert b'name="login"' in answer.content


@pytest.mark.parametrize("role", Role)
def test_it_opens_to_whoever_may_read_records(lamp: Shop, role: Role) -> None:
    browser = walked_in(lamp, "wei", role)
    opens = browser.get("/records/").status_code == 200
    assert opens == (Permission.RECORDS_READ in ROLE_MAY[role])


def test_it_shows_staff_without_secrets_and_changes_nothing(browser: Client, wei: Staff) -> None:
    sign_in(browser, wei)
    page = browser.get(reverse("admin:accounts_staff_change", args=[wei.pk]))
    assert page.status_code == 200
    assert wei.password.encode() not in page.content
    assert wei.session_stamp.hex.encode() not in page.content.replace(b"-", b"")
    assert browser.post(page.request["PATH_INFO"], {"name": "x"}).status_code == 403
    assert browser.get(reverse("admin:accounts_staff_add")).status_code == 403


def test_it_shows_the_rows_of_its_own_shop(browser: Client, wei: Staff, pine: Shop) -> None:
    other = walked_in(pine, "ann", Role.OPERATOR)
    assert other.get(reverse("admin:accounts_staff_changelist")).status_code == 200
    sign_in(browser, wei)
    page = browser.get(reverse("admin:accounts_staff_changelist"))
    assert b">wei<" in page.content
    assert b">ann<" not in page.content


def test_its_own_password_page_is_not_there(browser: Client, wei: Staff) -> None:
    sign_in(browser, wei)
    answer = browser.get(reverse("admin:password_change"))
    assert answer.headers["Location"] == reverse("staff:password")
