from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries
from daoda.records.accounts.models import ApiKey
from daoda.records.accounts.roles import Scope
from daoda.records.accounts.tests.world import NOON, facts_about
from daoda.records.shops.models import Shop


def issue(shop: Shop, days: int = 90) -> accounts.Issued:
    return accounts.issue(
        shop_id=shop.pk,
        name="warehouse",
        scopes=[Scope.STOCK_WRITE, Scope.STOCK_READ],
        valid_for=timedelta(days=days),
        actor="staff:x",
        now=NOON,
    )


def test_a_token_leads_to_its_key_and_is_kept_nowhere(lamp: Shop) -> None:
    issued = issue(lamp)
    assert queries.key_of(issued.token, now=NOON) == issued.key
    assert issued.token.startswith(issued.key.prefix)
    assert issued.token not in repr(issued)
    stored = ApiKey.everywhere.values_list().get()
    assert issued.token not in str(stored)
    assert facts_about(issued.key.pk) == {"api_key.issued"}


@pytest.mark.parametrize("token", ["", "_", "daoda_", "daoda_00000000_x", "x" * 5000, "é_ü_\0"])
def test_what_is_no_token_opens_nothing(lamp: Shop, token: str) -> None:
    issue(lamp)
    assert queries.key_of(token, now=NOON) is None


def test_a_token_changed_in_one_letter_opens_nothing(lamp: Shop) -> None:
    token = issue(lamp).token
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert queries.key_of(changed, now=NOON) is None


def test_a_key_ends_at_its_date(lamp: Shop) -> None:
    issued = issue(lamp, days=90)
    assert queries.key_of(issued.token, now=NOON + timedelta(days=90, seconds=-1))
    assert queries.key_of(issued.token, now=NOON + timedelta(days=90)) is None


def test_a_revoked_key_opens_nothing(lamp: Shop) -> None:
    issued = issue(lamp)
    assert accounts.revoke(key=issued.key, actor="staff:x", now=NOON)
    assert not accounts.revoke(key=issued.key, actor="staff:x", now=NOON)
    assert queries.key_of(issued.token, now=NOON) is None
    assert facts_about(issued.key.pk) == {"api_key.issued", "api_key.revoked"}


def test_the_last_use_is_written_once_a_day(
    lamp: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key = issue(lamp).key
    accounts.note_use(key=key, now=NOON)
    key.refresh_from_db()
    assert key.last_used_on == NOON.date()
    with django_assert_num_queries(0):
        accounts.note_use(key=key, now=NOON + timedelta(hours=1))


@pytest.mark.parametrize("scopes", [[], ["everything"], ["orders:read", "x"]])
def test_scopes_are_known_ones(lamp: Shop, scopes: list[str]) -> None:
    with pytest.raises(accounts.UnknownScope):
        accounts.issue(
            shop_id=lamp.pk,
            name="x",
            scopes=scopes,
            valid_for=timedelta(days=1),
            actor="staff:x",
            now=NOON,
        )


@pytest.mark.parametrize("days", [0, -1, 731])
def test_no_key_is_for_ever(lamp: Shop, days: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        issue(lamp, days=days)
