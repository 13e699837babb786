"""Which shop a host name leads to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from daoda.records.shops.models import Shop


def of_host(host: str) -> Shop | None:
    """The shop of this host name (no port); the only shop there is answers to every name."""
    named = Shop.objects.filter(hosts__contains=[host]).first()
    if named is not None:
        return named
    first_two = list(Shop.objects.order_by("id")[:2])
    return first_two[0] if len(first_two) == 1 else None


def that_screen(shop_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these shops have rules of risk that paid orders wait for."""
    found = Shop.objects.filter(pk__in=shop_ids, screens_orders=True).values_list("pk", flat=True)
    return set(found)
