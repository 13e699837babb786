"""The lamp shop's door, and people who come to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from daoda.kit import clock, crypto
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.models import SecondFactor, Staff
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop

PASSWORD = "correct horse"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def lamp(db: None) -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=LONG_AGO)


@pytest.fixture
def pine(db: None) -> Shop:
    return shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=LONG_AGO)


@pytest.fixture
def wei(lamp: Shop) -> Staff:
    """The operator of the lamp shop."""
    return member(lamp, "wei", Role.OPERATOR)


@pytest.fixture
def browser(lamp: Shop) -> Client:
    """A browser at the lamp shop's door."""
    return at_door_of(lamp)


def at_door_of(shop: Shop) -> Client:
    return Client(HTTP_HOST=shop.hosts[0], enforce_csrf_checks=False)


def member(shop: Shop, login: str, role: Role) -> Staff:
    """Someone who has worked here for long: a password of her own and a second factor."""
    invited = accounts.invite(
        shop_id=shop.pk, login=login, name=login, role=role, actor="machine:test", now=LONG_AGO
    )
    accounts.set_password(staff=invited.staff, password=PASSWORD, now=LONG_AGO)
    accounts.begin_enrolment(staff=invited.staff, issuer=shop.name, now=LONG_AGO)
    code = app_code(invited.staff, LONG_AGO)
    accounts.confirm_enrolment(staff=invited.staff, code=code, now=LONG_AGO)
    return invited.staff


def app_code(staff: Staff, now: datetime | None = None) -> str:
    """What the person's app shows at this moment."""
    factor = SecondFactor.everywhere.get(staff=staff)
    aad = b"second-factor" + factor.shop_id.bytes + factor.pk.bytes
    secret = crypto.unseal(factor.key_id, bytes(factor.sealed_secret), aad=aad)
    totp = TOTP(secret)
    totp.time = (now or clock.now()).timestamp()
    return f"{totp.token():06d}"


def wrong_code(staff: Staff) -> str:
    return f"{(int(app_code(staff)) + 1) % 1_000_000:06d}"


def give_password(browser: Client, login: str, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post(reverse("staff:login"), {"login": login, "password": password, **more})


def give_code(browser: Client, code: str) -> Any:
    return browser.post(reverse("staff:second_factor"), {"code": code})


def sign_in(browser: Client, staff: Staff) -> None:
    assert give_password(browser, staff.login).status_code == 302
    assert give_code(browser, app_code(staff)).status_code == 302
    assert browser.get(reverse("staff:me")).status_code == 200


def walked_in(shop: Shop, login: str, role: Role) -> Client:
    """A browser in which someone of this role has signed in."""
    browser = at_door_of(shop)
    sign_in(browser, member(shop, login, role))
    return browser


def facts_about(subject_id: object) -> list[str]:
    facts = Fact.everywhere.filter(subject_id=subject_id, at__gt=LONG_AGO + timedelta(days=1))
    return sorted(facts.values_list("kind", flat=True))


def shown_code(response: Any) -> str:
    """The secret text a page shows once."""
    found = re.search(r'<code class="code-text">([^<]+)</code>', response.content.decode())
    assert found
    return found[1].strip()
