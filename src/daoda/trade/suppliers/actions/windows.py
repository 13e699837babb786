"""Maintenance: when a supplier rests, and what that does to the dates buyers are shown.

The clock of the node "supplying" stands while every supplier of a product rests. So a change of
windows, or of who offers a product, publishes a new version of the product's rule, and only then:
dates that were given stay what they were.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as dates
from daoda.records.promises import rules as dating
from daoda.trade.suppliers.models import Offer, Supplier
from daoda.trade.suppliers.rules import resting

NODE = "supplying"
REASON = "maintenance"


def set_windows(
    *,
    supplier_id: uuid.UUID,
    windows: Sequence[Mapping[str, object]],
    actor: str,
    now: datetime,
) -> int:
    """Set when a supplier rests every week; how many products' dates that moved.

    Raises ValueError in words for a window that is none, NoWorkingTime (a ValueError) for windows
    that leave no time to work.
    """
    stored = [dict(window) | {"speed": 0, "reason": REASON} for window in windows]
    parsed = tuple(dating.parse_window(window) for window in stored)
    dating.due(now, dating.Rule(NODE, 60, parsed, 0), ZoneInfo("UTC"))
    with transaction.atomic():
        supplier = Supplier.everywhere.select_for_update().get(pk=supplier_id)
        Supplier.everywhere.filter(pk=supplier_id).update(windows=stored)
        journal.write(
            kind="supplier.windows_set", subject="supplier", subject_id=supplier_id,
            shop_id=supplier.shop_id, actor=actor, at=now, data={"windows": stored},
        )  # fmt: skip
        products = Offer.everywhere.filter(supplier_id=supplier_id, enabled=True).values_list(
            "variant__product_id", flat=True
        )
        return sum(
            publish(shop_id=supplier.shop_id, product_id=product_id, actor=actor, now=now)
            for product_id in set(products)
        )


def publish(*, shop_id: uuid.UUID, product_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """Publish the product's rule anew where the rest of its suppliers has changed it."""
    each = [
        tuple(dating.parse_window(window) for window in windows)
        for windows in Offer.everywhere.filter(
            variant__product_id=product_id, enabled=True
        ).values_list("supplier__windows", flat=True)
    ]
    rest = resting.common(each)
    rule = dates.rules_of(shop_id, now=now).rule(NODE, product_id)
    others = [window for window in rule.windows if window.reason != REASON]
    wanted = [*map(resting.stored, others), *map(resting.stored, rest)]
    if wanted == [resting.stored(window) for window in rule.windows]:
        return False
    promises.publish_rule(
        shop_id=shop_id, node=NODE, product_id=product_id, seconds=rule.seconds, windows=wanted,
        now=now,
    )  # fmt: skip
    return True
