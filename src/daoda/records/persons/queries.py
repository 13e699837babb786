"""Reading what is known of a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

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


def get_many(person_ids: Iterable[uuid.UUID], kinds: Iterable[str]) -> dict[str, str]:
    """Texts of kinds that are one person's each, by kind; what is not there is absent."""
    details = PersonDetail.everywhere.filter(
        person_id__in=set(person_ids), kind__in=list(kinds), person__sealed_key__isnull=False
    ).select_related("person")
    return {
        detail.kind: crypto.unseal_with(
            actions.key_of(detail.person),
            bytes(detail.sealed),
            aad=actions.detail_aad(detail.person, detail.kind),
        ).decode()
        for detail in details
    }


def ids_by_contact(shop_id: uuid.UUID, contact: str) -> list[uuid.UUID]:
    """The persons of a shop who gave this contact."""
    fingerprint = actions.contact_fingerprint(shop_id, contact)
    return list(
        Person.everywhere.filter(shop_id=shop_id, contact_fingerprint=fingerprint).values_list(
            "pk", flat=True
        )
    )
