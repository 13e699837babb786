"""Opening an account, coming in, changing the password, going for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from pytest_django.fixtures import Settings

from daoda.records.journal.models import Fact
from daoda.records.persons import actions as persons
from daoda.records.persons import queries as person_rows
from daoda.records.persons.models import Person, PersonDetail
from daoda.records.shops.models import Shop, scope
from daoda.trade.buyers import actions as buyers
from daoda.trade.buyers import queries
from daoda.trade.buyers.models import Buyer
from daoda.trade.buyers.tests.world import (
    ADDRESS,
    CONTACT,
    NOW,
    PASSWORD,
    comes_in,
    open_shop,
    registered,
    told,
)

NEW = "another lantern 48"


@dataclass(frozen=True)
class Hashes:
    """How often a password was hashed, to be kept or to be compared."""

    made: mock.Mock
    compared: mock.Mock

    @property
    def count(self) -> int:
        return int(self.made.call_count + self.compared.call_count)


@pytest.fixture
def hashes() -> Iterator[Hashes]:
    verbs = "daoda.trade.buyers.actions"
    with (
        mock.patch(f"{verbs}.make_password", wraps=make_password) as made,
        mock.patch(f"{verbs}.check_password", wraps=check_password) as compared,
    ):
        yield Hashes(made, compared)


@pytest.fixture
def lamp(db: None) -> Iterator[Shop]:
    shop = open_shop()
    with scope(shop.pk):
        yield shop


def test_who_registers_can_sign_in_however_she_writes_her_contact(lamp: Shop) -> None:
    buyer = registered(lamp, "138 0000 0000")
    for written in (
        "13800000000",
        "+86 138-0000-0000",
        "１３８００００００００",
        " 8613800000000 ",
    ):
        assert comes_in(lamp, written).pk == buyer.pk
    assert Buyer.objects.get().signed_in_at == NOW


def test_the_contact_is_kept_sealed_and_the_password_hashed(lamp: Shop) -> None:
    buyer = registered(lamp)
    assert queries.contact(buyer) == CONTACT
    with connection.cursor() as cursor:
        for table in ("buyers_buyer", "persons_person", "persons_persondetail"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            stored = "".join(row[0] for row in cursor.fetchall())
            for secret in (CONTACT, PASSWORD):
                assert secret not in stored
                assert secret.encode().hex() not in stored


def test_argon2_fits_the_column_and_lets_her_in(lamp: Shop, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert registered(lamp).password.startswith("argon2$argon2id$")
    assert comes_in(lamp)


def test_a_taken_contact_stays_as_it_is(lamp: Shop) -> None:
    registered(lamp)
    again = buyers.register(
        shop_id=lamp.pk, contact=CONTACT.upper(), password=NEW, address=ADDRESS, now=NOW
    )
    assert again is None
    assert Buyer.objects.count() == Person.objects.count() == 1
    assert len(told("buyer.registered")) == 1
    assert comes_in(lamp)
    with pytest.raises(buyers.WrongDetails):
        comes_in(lamp, password=NEW)


def test_a_new_and_a_taken_contact_cost_one_hash_each(lamp: Shop, hashes: Hashes) -> None:
    registered(lamp)
    assert hashes.count == 1
    buyers.register(shop_id=lamp.pk, contact=CONTACT, password=NEW, address=ADDRESS, now=NOW)
    assert hashes.count == 2


@pytest.mark.parametrize("contact", [CONTACT, "nobody@example.com", "", "\0", "x" * 5000])
def test_an_unknown_contact_costs_what_a_wrong_password_costs(
    lamp: Shop, hashes: Hashes, contact: str
) -> None:
    registered(lamp)
    with pytest.raises(buyers.WrongDetails) as refusal:
        comes_in(lamp, contact, NEW)
    assert not refusal.value.args
    assert hashes.count == 2


@pytest.mark.parametrize(
    ("contact", "password", "code"),
    [
        ("li", PASSWORD, "bad_contact"),
        ("li at example.com", PASSWORD, "bad_contact"),
        ("1234", PASSWORD, "bad_contact"),
        ("1" * 16, PASSWORD, "bad_contact"),
        ("a\0b@example.com", PASSWORD, "bad_contact"),
        ("a" * 120 + "@example.com", PASSWORD, "bad_contact"),
        (CONTACT, "lantern47", "password_too_short"),
        (CONTACT, "x" * 201, "password_too_long"),
        (CONTACT, "1234567890", "password_too_common"),
        (CONTACT, "Qwertyuiop", "password_too_common"),
        (CONTACT, "LI@example.com", "password_is_contact"),
        ("13800000000", "138 0000 0000", "password_is_contact"),
    ],
)
def test_what_is_not_taken_is_named(lamp: Shop, contact: str, password: str, code: str) -> None:
    with pytest.raises(buyers.Refused) as refusal:
        registered(lamp, contact, password=password)
    assert refusal.value.code == code
    assert contact not in str(refusal.value)
    assert Buyer.objects.count() == Person.objects.count() == 0


def test_one_contact_in_two_shops_is_two_accounts(lamp: Shop) -> None:
    pine = open_shop("pine")
    here, there = registered(lamp), registered(pine, password=NEW)
    assert comes_in(pine, password=NEW).pk == there.pk
    with pytest.raises(buyers.WrongDetails):
        comes_in(pine)
    assert queries.get(here.pk) == here
    assert queries.get(there.pk) is None
    assert here.login_fingerprint != there.login_fingerprint


def test_one_contact_is_tried_ten_times_from_wherever(lamp: Shop) -> None:
    registered(lamp)
    for number in range(10):
        with pytest.raises(buyers.WrongDetails):
            comes_in(lamp, password=NEW, address=f"192.0.2.{number}")
    with pytest.raises(buyers.TooManyTries) as refusal:
        comes_in(lamp, address="192.0.2.99")
    assert 0 < refusal.value.retry_after_s <= 90
    (fact,) = told("buyer.locked_out")
    assert (fact.subject, fact.actor) == ("buyer", "machine:sign_in")
    assert comes_in(lamp, now=NOW + timedelta(seconds=90))


def test_an_unknown_contact_is_locked_out_alike(lamp: Shop) -> None:
    for _ in range(10):
        with pytest.raises(buyers.WrongDetails):
            comes_in(lamp, "nobody@example.com")
    with pytest.raises(buyers.TooManyTries):
        comes_in(lamp, "nobody@example.com")
    (fact,) = told("buyer.locked_out")
    assert (fact.subject, fact.subject_id) == ("shop", lamp.pk)


def test_one_address_tries_thirty_contacts(lamp: Shop) -> None:
    registered(lamp)
    for number in range(30):
        with pytest.raises(buyers.WrongDetails):
            comes_in(lamp, f"{number}@example.com")
    with pytest.raises(buyers.TooManyTries):
        comes_in(lamp)
    assert comes_in(lamp, address="192.0.2.8")


def test_one_address_opens_twenty_accounts_an_hour(lamp: Shop) -> None:
    for number in range(20):
        registered(lamp, f"{number}@example.com")
    with pytest.raises(buyers.TooManyTries):
        registered(lamp, "20@example.com")
    registered(lamp, "20@example.com", now=NOW + timedelta(hours=1))


def test_a_changed_password_ends_every_session(lamp: Shop) -> None:
    buyer = registered(lamp)
    before = buyer.session_hash()
    buyers.change_password(buyer=buyer, present=PASSWORD, password=NEW, now=NOW)
    assert buyer.session_hash() == Buyer.objects.get().session_hash() != before
    assert comes_in(lamp, password=NEW)
    with pytest.raises(buyers.WrongDetails):
        comes_in(lamp)


def test_a_password_is_changed_by_who_knows_it_to_one_that_is_taken(lamp: Shop) -> None:
    buyer = registered(lamp)
    with pytest.raises(buyers.WrongDetails):
        buyers.change_password(buyer=buyer, present=NEW, password=NEW, now=NOW)
    for bad in ("short", "1234567890", CONTACT):
        with pytest.raises(buyers.Refused):
            buyers.change_password(buyer=buyer, present=PASSWORD, password=bad, now=NOW)
    assert not told("buyer.password_changed")
    buyers.confirm(buyer=buyer, password=PASSWORD, now=NOW)
    with pytest.raises(buyers.TooManyTries):
        buyers.confirm(buyer=buyer, password=PASSWORD, now=NOW)


def test_of_two_changes_at_once_one_counts(lamp: Shop) -> None:
    here = registered(lamp)
    there = Buyer.objects.get()
    buyers.change_password(buyer=here, present=PASSWORD, password=NEW, now=NOW)
    with pytest.raises(buyers.WrongDetails):
        buyers.change_password(buyer=there, present=PASSWORD, password="third lantern", now=NOW)
    assert comes_in(lamp, password=NEW)


def test_a_deleted_account_leaves_no_name_and_the_contact_is_free(lamp: Shop) -> None:
    buyer = registered(lamp)
    assert buyers.lock(buyer)
    assert buyers.delete(buyer=buyer, now=NOW)
    assert not buyers.delete(buyer=buyer, now=NOW)
    assert not buyers.lock(buyer)
    assert not Buyer.objects.exists()
    assert not PersonDetail.objects.exists()
    assert Person.objects.get().erased_at == NOW
    assert queries.contact(buyer) == ""
    with pytest.raises(buyers.WrongDetails):
        comes_in(lamp)
    assert registered(lamp, password=NEW).person_id != buyer.person_id
    assert len(told("buyer.deleted")) == len(told("person.erased")) == 1


def test_deleting_an_account_erases_nobody_else_of_the_same_contact(lamp: Shop) -> None:
    stranger = persons.create(shop_id=lamp.pk, contact=CONTACT, now=NOW)
    buyer = registered(lamp)
    buyers.delete(buyer=buyer, now=NOW)
    assert person_rows.get(stranger.pk, "contact") == CONTACT


def test_facts_tell_neither_contact_nor_password(lamp: Shop) -> None:
    buyer = registered(lamp)
    comes_in(lamp)
    buyers.change_password(buyer=buyer, present=PASSWORD, password=NEW, now=NOW)
    for _ in range(10):
        try:
            comes_in(lamp, password="wrong wrong wrong")
        except (buyers.WrongDetails, buyers.TooManyTries):
            continue
    buyers.sign_out(buyer=buyer, now=NOW)
    buyers.delete(buyer=buyer, now=NOW)
    kinds = {fact.kind for fact in Fact.everywhere.all()}
    assert kinds == {
        "buyer.registered",
        "buyer.signed_in",
        "buyer.password_changed",
        "buyer.locked_out",
        "buyer.signed_out",
        "buyer.deleted",
        "person.erased",
    }
    said = json.dumps([[fact.actor, fact.data] for fact in Fact.everywhere.all()], default=str)
    for secret in (CONTACT, "example", PASSWORD, NEW, "wrong"):
        assert secret not in said
