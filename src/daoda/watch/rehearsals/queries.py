"""Reading rehearsals, and what is usually ordered."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from daoda.trade.catalog.models import Variant
from daoda.trade.orders.models import Order
from daoda.watch.rehearsals.models import Rehearsal
from daoda.watch.rehearsals.rules.days import MIX_PARTS_MAX

USUAL_DAYS = 30
# A month of more orders is told well enough by the newest of them.
USUAL_ORDERS_MAX = 20_000


def newest(*, rows_max: int = 50) -> Sequence[Rehearsal]:
    """The newest rehearsals of the entered shop, without their outcomes."""
    return list(Rehearsal.objects.defer("outcome").order_by("-id")[:rows_max])


def one(rehearsal_id: uuid.UUID) -> Rehearsal | None:
    """A rehearsal of the entered shop."""
    found: Rehearsal | None = Rehearsal.objects.filter(pk=rehearsal_id).first()
    return found


def on_sale() -> list[Variant]:
    """The variants a day may be made of, in the order of the shelf."""
    rows = Variant.objects.filter(published=True, product__published=True)
    rows = rows.select_related("product").order_by("product__rank", "product_id", "rank", "id")
    return list(rows[:MIX_PARTS_MAX])


def usual_mix(*, now: datetime) -> dict[uuid.UUID, int]:
    """How many orders of each variant on sale the last month had; 1 each if it had none."""
    since = now - timedelta(days=USUAL_DAYS)
    rows = Order.objects.filter(placed_at__gte=since).order_by("-placed_at")
    ordered = Counter(rows.values_list("variant_id", flat=True)[:USUAL_ORDERS_MAX])
    sold = [variant.pk for variant in on_sale()]
    known = sum(ordered[variant_id] for variant_id in sold)
    return {variant_id: ordered[variant_id] if known else 1 for variant_id in sold}
