"""Reading what is known of a person."""

from __future__ import annotations

import uuid

from daoda.kit import crypto
from daoda.records.persons import actions
from daoda.records.persons.models import Person, PersonDetail


def get(person_id: uuid.UUID, kind: str) -> str | None:
    """One text about a person; None when there is none, or none any more."""
    detail = (
        PersonDetail.everywhere.filter(person_id=person_id, kind=kind)
        .select_related("person")
        .first()
    )
    if detail is None or detail.person.sealed_key is None:
        return None
    key = actions.key_of(detail.person)
    aad = actions.detail_aad(detail.person, kind)
    return crypto.unseal_with(key, bytes(detail.sealed), aad=aad).decode()


def ids_by_contact(shop_id: uuid.UUID, contact: str) -> list[uuid.UUID]:
    """The persons of a shop who gave this contact."""
    fingerprint = actions.contact_fingerprint(shop_id, contact)
    return list(
        Person.everywhere.filter(shop_id=shop_id, contact_fingerprint=fingerprint).values_list(
            "pk", flat=True
        )
    )
