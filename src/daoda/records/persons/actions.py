"""What can be done with persons."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.kit import crypto, rotation
from daoda.records.journal import actions as journal
from daoda.records.persons.models import Person, PersonDetail


class Erased(LookupError):
    """The person's details were erased and cannot be read or added to."""


def create(*, shop_id: uuid.UUID, contact: str, now: datetime, has_account: bool = False) -> Person:
    """A new person with a key of her own. ``contact`` is kept sealed, and findable by hash.

    ``has_account`` makes her the person of one account alone: ``Person``. IntegrityError when
    somebody else without an account has this contact.
    """
    person, key = _keyed(shop_id, contact, now)
    person.has_account = has_account
    with transaction.atomic():
        person.save(force_insert=True)
        _write(person, key, "contact", contact)
    return person


def ensure(*, shop_id: uuid.UUID, contact: str, now: datetime) -> None:
    """That there is a person without account of this contact, known or new.

    Waits for whoever adds her at this moment, so that her row can be locked afterwards.
    """
    fingerprint = contact_fingerprint(shop_id, contact)
    strangers = Person.everywhere.filter(shop_id=shop_id, has_account=False)
    if strangers.filter(contact_fingerprint=fingerprint).exists():
        return
    person, key = _keyed(shop_id, contact, now)
    with transaction.atomic():
        Person.everywhere.bulk_create([person], ignore_conflicts=True)
        if strangers.filter(pk=person.pk).exists():
            _write(person, key, "contact", contact)


def put(*, person: Person, kind: str, text: str) -> None:
    """Keep or replace one text about a person. Raises Erased."""
    _write(person, key_of(person), kind, text)


def erase(*, person_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Destroy a person's key and details; False when it had been done before."""
    with transaction.atomic():
        erased = Person.everywhere.filter(pk=person_id, erased_at=None).update(
            sealed_key=None, contact_fingerprint=None, erased_at=now
        )
        if not erased:
            return False
        PersonDetail.everywhere.filter(person_id=person_id).delete()
        person = Person.everywhere.get(pk=person_id)
        journal.write(
            kind="person.erased",
            subject="person",
            subject_id=person_id,
            shop_id=person.shop_id,
            actor=actor,
            at=now,
        )
    return True


def key_of(person: Person) -> bytes:
    """The person's own key, unsealed. Raises Erased."""
    if person.sealed_key is None:
        raise Erased(str(person.pk))
    return crypto.unseal(person.key_id, bytes(person.sealed_key), aad=_aad(person))


def rotate(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """Seal the next persons' keys under the newest key; where to go on, None at the end."""
    return rotation.reseal(
        Person, sealed="sealed_key", aad=_aad, after=after, limit_rows=limit_rows
    )


def detail_aad(person: Person, kind: str) -> bytes:
    """What a detail is bound to: its shop, its person, its kind."""
    return person.shop_id.bytes + person.pk.bytes + kind.encode()


def contact_fingerprint(shop_id: uuid.UUID, contact: str) -> bytes:
    """How a contact is found again without being readable."""
    return crypto.fingerprint("contact", shop_id.bytes + contact.strip().casefold().encode())


def _keyed(shop_id: uuid.UUID, contact: str, now: datetime) -> tuple[Person, bytes]:
    """A person who is not written yet, and her key."""
    person = Person(shop_id=shop_id, created_at=now)
    key = crypto.new_key()
    sealed = crypto.seal(key, aad=_aad(person))
    person.key_id, person.sealed_key = sealed.key_id, sealed.blob
    person.contact_fingerprint = contact_fingerprint(shop_id, contact)
    return person, key


def _write(person: Person, key: bytes, kind: str, text: str) -> None:
    sealed = crypto.seal_with(key, text.encode(), aad=detail_aad(person, kind))
    PersonDetail.everywhere.update_or_create(
        person=person, kind=kind, defaults={"shop_id": person.shop_id, "sealed": sealed}
    )


def _aad(person: Person) -> bytes:
    return b"person-key" + person.shop_id.bytes + person.pk.bytes
