"""A small named world: two shops, and people who work in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django_otp.oath import TOTP

from daoda.records.accounts import actions as accounts
from daoda.records.accounts.actions import second_factors
from daoda.records.accounts.models import SecondFactor, Staff
from daoda.records.accounts.roles import Role
from daoda.records.journal.models import Fact
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def lamp(db: None) -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOON)


@pytest.fixture
def pine(db: None) -> Shop:
    return shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=NOON)


@pytest.fixture
def wei(lamp: Shop) -> Staff:
    """The operator of the lamp shop, with a password of her own: "correct horse"."""
    staff = join(lamp, "wei", Role.OPERATOR)
    accounts.set_password(staff=staff, password="correct horse", now=NOON)
    return staff


def join(shop: Shop, login: str, role: Role) -> Staff:
    invited = accounts.invite(
        shop_id=shop.pk, login=login, name=login.title(), role=role, actor="machine:test", now=NOON
    )
    return invited.staff


def enrol(staff: Staff, now: datetime = NOON) -> list[str]:
    """Enrol an authenticator app; returns the recovery codes."""
    accounts.begin_enrolment(staff=staff, issuer="Lamp", now=now)
    codes = accounts.confirm_enrolment(staff=staff, code=app_code(staff, now), now=now)
    assert codes is not None
    return codes


def app_code(staff: Staff, now: datetime, steps: int = 0) -> str:
    """What the person's app shows at this moment, or some 30 s steps beside it."""
    factor = SecondFactor.everywhere.get(staff=staff)
    totp = TOTP(second_factors._secret(factor))
    totp.time = (now + timedelta(seconds=30 * steps)).timestamp()
    return f"{totp.token():06d}"


def facts_about(subject_id: object) -> set[str]:
    return set(Fact.everywhere.filter(subject_id=subject_id).values_list("kind", flat=True))
