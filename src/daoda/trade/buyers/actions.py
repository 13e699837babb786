"""The verbs of accounts: everything that changes one.

What a person types here (contact, password) goes into no fact, and into no message of an error.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from daoda.kit import crypto
from daoda.records.accounts import throttles
from daoda.records.journal import actions as journal
from daoda.records.persons import actions as persons
from daoda.records.persons.models import Person
from daoda.trade.buyers import queries, rules
from daoda.trade.buyers.models import Buyer

REGISTRATIONS_PER_ADDRESS = 20
REGISTRATIONS_PER_S = 3600
# Many phones share one address of a mobile network.
SIGN_INS_PER_ADDRESS = 30
SIGN_INS_PER_ADDRESS_S = 600
SIGN_INS_PER_CONTACT = 10
SIGN_INS_PER_CONTACT_S = 900
CONFIRMATIONS = 5
CONFIRMATIONS_PER_S = 300


class Refused(ValueError):
    """An account or a password is not taken as typed; ``code`` says why, doors put it into words.

    Codes: bad_contact, password_too_short, password_too_long, password_too_common,
    password_is_contact.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WrongDetails(Exception):
    """The contact or the password is wrong; it is not said which."""


class TooManyTries(Exception):
    """Tried too often; the next try fits in ``retry_after_s`` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"next try in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def register(
    *, shop_id: uuid.UUID, contact: str, password: str, address: str, now: datetime
) -> Buyer | None:
    """Open an account; None when the contact has one, which stays as it is.

    The same work either way; the caller answers both alike. ``address`` is what limits count
    the visitor as. Raises Refused, TooManyTries.
    """
    login = rules.normal_contact(contact)
    if not rules.is_contact(login):
        raise Refused("bad_contact")
    _check_new(password, contact=login)
    _count("buyer_register", address, REGISTRATIONS_PER_ADDRESS, per_s=REGISTRATIONS_PER_S, now=now)
    hashed = make_password(password)
    try:
        with transaction.atomic():
            person = persons.create(shop_id=shop_id, contact=login, now=now, has_account=True)
            buyer = Buyer(
                shop_id=shop_id,
                person=person,
                login_fingerprint=_fingerprint(shop_id, login),
                password=hashed,
                created_at=now,
            )
            buyer.save(force_insert=True)
            _tell("buyer.registered", buyer, now)
    except IntegrityError:
        if _of_login(shop_id, login) is None:
            raise
        return None
    return buyer


def sign_in(
    *, shop_id: uuid.UUID, contact: str, password: str, address: str, now: datetime
) -> Buyer:
    """The account of a contact and its password; the caller gives it a session.

    Counted for the visitor and for the contact, so that neither one address can try many
    contacts nor many addresses one contact. Weakness: whoever spends a contact's tries keeps
    its owner out meanwhile; her orders still open by link and by query password. Raises
    WrongDetails, after the same work for an unknown contact as for a wrong password, and
    TooManyTries.
    """
    login = rules.normal_contact(contact)
    _count("buyer_address", address, SIGN_INS_PER_ADDRESS, per_s=SIGN_INS_PER_ADDRESS_S, now=now)
    left = _count(
        "buyer_contact", f"{shop_id.hex}/{login}", SIGN_INS_PER_CONTACT,
        per_s=SIGN_INS_PER_CONTACT_S, now=now,
    )  # fmt: skip
    buyer = _of_login(shop_id, login)
    if buyer is None:
        make_password(password)  # as slow as comparing
    if buyer is None or not check_password(password, buyer.password):
        if left == 0:
            _tell_lockout(shop_id, buyer, now)
        raise WrongDetails
    with transaction.atomic():
        Buyer.everywhere.filter(pk=buyer.pk).update(signed_in_at=now)
        _tell("buyer.signed_in", buyer, now)
    return buyer


def sign_out(*, buyer: Buyer, now: datetime) -> None:
    """Put on record that she left; the caller ends the session."""
    _tell("buyer.signed_out", buyer, now)


def change_password(*, buyer: Buyer, present: str, password: str, now: datetime) -> None:
    """Another password, by someone who knows the present one; every session of hers ends.

    Raises WrongDetails, Refused, TooManyTries.
    """
    confirm(buyer=buyer, password=present, now=now)
    _check_new(password, contact=queries.contact(buyer))
    before, buyer.password = buyer.password, make_password(password)
    with transaction.atomic():
        changed = Buyer.everywhere.filter(pk=buyer.pk, password=before).update(
            password=buyer.password
        )
        if not changed:
            raise WrongDetails  # changed or deleted elsewhere in this moment
        _tell("buyer.password_changed", buyer, now)


def confirm(*, buyer: Buyer, password: str, now: datetime) -> None:
    """See that whoever is signed in knows the password. Raises WrongDetails, TooManyTries."""
    _count("buyer_confirm", buyer.pk.hex, CONFIRMATIONS, per_s=CONFIRMATIONS_PER_S, now=now)
    if not check_password(password, buyer.password):
        raise WrongDetails


def lock(buyer: Buyer) -> bool:
    """Until the end of this transaction nothing is ordered under her; False when she is gone."""
    people = Person.everywhere.select_for_update().filter(pk=buyer.person_id, erased_at=None)
    return people.first() is not None


def delete(*, buyer: Buyer, now: datetime) -> bool:
    """Delete an account and erase its person's details; False when it had been done before.

    The caller has locked her and seen that nothing of hers is open. Orders stay, without names.
    """
    with transaction.atomic():
        deleted, _ = Buyer.everywhere.filter(pk=buyer.pk).delete()
        if not deleted:
            return False
        _tell("buyer.deleted", buyer, now)
        persons.erase(person_id=buyer.person_id, actor=buyer.actor, now=now)
    return True


def _check_new(password: str, *, contact: str) -> None:
    problem = rules.password_problem(password, contact=contact)
    if problem:
        raise Refused(problem)
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError as common:
        raise Refused("password_too_common") from common


def _count(bucket: str, subject: str, limit: int, *, per_s: float, now: datetime) -> int:
    """Count a try before any work is done; how many are left. Raises TooManyTries."""
    counted = throttles.hit(bucket, subject, limit=limit, per_s=per_s, now=now)
    if not counted.allowed:
        raise TooManyTries(counted.retry_after_s)
    return counted.remaining


def _of_login(shop_id: uuid.UUID, login: str) -> Buyer | None:
    found: Buyer | None = Buyer.everywhere.filter(
        shop_id=shop_id, login_fingerprint=_fingerprint(shop_id, login)
    ).first()
    return found


def _fingerprint(shop_id: uuid.UUID, login: str) -> bytes:
    return crypto.fingerprint("buyer_login", shop_id.bytes + login.encode())


def _tell_lockout(shop_id: uuid.UUID, buyer: Buyer | None, now: datetime) -> None:
    """A contact's tries are used up; one that is nobody's is a fact about the shop."""
    until = now + timedelta(seconds=SIGN_INS_PER_CONTACT_S / SIGN_INS_PER_CONTACT)
    journal.write(
        kind="buyer.locked_out",
        subject="buyer" if buyer else "shop",
        subject_id=buyer.pk if buyer else shop_id,
        shop_id=shop_id,
        actor="machine:sign_in",
        at=now,
        data={"until": until.isoformat()},
    )


def _tell(kind: str, buyer: Buyer, now: datetime) -> None:
    journal.write(
        kind=kind,
        subject="buyer",
        subject_id=buyer.pk,
        shop_id=buyer.shop_id,
        actor=buyer.actor,
        at=now,
    )
