"""How a row of the catalogue is checked, saved and told of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from daoda.records.journal import actions as journal

_BY_CONSTRAINT = {
    "one_category_of_a_slug": ("slug", "taken"),
    "one_product_of_a_slug": ("slug", "taken"),
    "one_variant_of_a_title": ("title", "taken"),
    "one_coupon_of_a_code": ("code", "taken"),
    "variant_list_price_is_higher": ("list_price_fen", "below_price"),
    "coupon_grants_something": ("value", "out_of_range"),
}


class Refused(ValueError):
    """The catalogue cannot hold this. ``problems``: a code by the name of the field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in problems.items()))
        self.problems = dict(problems)


def assign(row: models.Model, changes: Mapping[str, Any], *, allowed: frozenset[str]) -> list[str]:
    """Set the changed attributes; the names of those that really changed. Raises Refused."""
    strangers = {name: "unknown" for name in changes if name not in allowed}
    if strangers:
        raise Refused(strangers)
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    return sorted(changed)


def save(row: models.Model, *, new: bool) -> None:
    """Check the row's columns and write it, in a savepoint of its own. Raises Refused."""
    try:
        row.clean_fields(exclude=["id", "shop", "fields", "recipe"])
        with transaction.atomic():
            row.save(force_insert=new, force_update=not new)
    except ValidationError as problem:
        found = problem.error_dict.items()
        raise Refused({name: errors[0].code or "invalid" for name, errors in found}) from None
    except IntegrityError as problem:
        constraint = getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None)
        if constraint not in _BY_CONSTRAINT:
            raise
        field, code = _BY_CONSTRAINT[constraint]
        raise Refused({field: code}) from None


def tell(
    kind: str,
    row: Any,
    *,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write the fact of a change; its subject is the noun its kind begins with."""
    subject, _, _ = kind.partition(".")
    row_id: uuid.UUID = row.id
    journal.write(
        kind=kind,
        subject=subject,
        subject_id=row_id,
        shop_id=row.shop_id,
        actor=actor,
        at=now,
        data=data,
    )
