"""What can be done with a shop."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from daoda.records.shops.models import Shop

SETTINGS = frozenset(
    {"name", "tagline", "logo", "accent_colour", "footer", "filing_number", "time_zone"}
)


class Refused(ValueError):
    """A setting cannot be used. ``problems``: a code by the name of the setting."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


def create(*, slug: str, name: str, hosts: Sequence[str], now: datetime) -> Shop:
    """Open a shop reached under ``hosts``. Raises IntegrityError when the slug is taken."""
    return Shop.objects.create(slug=slug, name=name, hosts=list(hosts), created_at=now)


def configure(*, shop_id: uuid.UUID, changes: Mapping[str, str]) -> list[str]:
    """Change settings of a shop, in the caller's transaction; the names of those that changed.

    The caller writes the fact: the journal stands above the shops. Dates already promised keep
    their moment when the time zone changes. Raises Refused; then nothing is changed.
    """
    strangers = {name: "unknown" for name in changes if name not in SETTINGS}
    if strangers:
        raise Refused(strangers)
    shop = Shop.objects.select_for_update().get(pk=shop_id)
    changed = [name for name, value in changes.items() if getattr(shop, name) != value]
    for name in changed:
        setattr(shop, name, changes[name])
    _check(shop)
    shop.save(update_fields=changed)
    return sorted(changed)


def set_screening(*, shop_id: uuid.UUID, on: bool) -> None:
    """Whether paid orders of a shop wait for its rules of risk, in the caller's transaction."""
    Shop.objects.filter(pk=shop_id).update(screens_orders=on)


def _check(shop: Shop) -> None:
    if shop.time_zone not in available_timezones():
        raise Refused({"time_zone": "unknown"})
    try:
        shop.clean_fields(exclude=["hosts", "slug", "created_at"])
    except ValidationError as problem:
        found = problem.error_dict.items()
        raise Refused({name: errors[0].code or "invalid" for name, errors in found}) from None
