"""Offers: which goods of a supplier stand behind a variant of ours."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from daoda.kit import ids
from daoda.records.journal import actions as journal
from daoda.trade.suppliers.actions import windows
from daoda.trade.suppliers.models import Offer, Supplier


@dataclass(frozen=True)
class OfferAsk:
    """An offer as it is to be; see ``models.Offer``."""

    goods: str
    unit_cost_hao: int
    guard_percent: int = 0
    field_map: Mapping[str, str] = field(default_factory=dict)
    quantity_max: int | None = None
    rank: int = 0
    enabled: bool = True
    shelf_per_day: int = 0


def put_offer(
    *,
    supplier_id: uuid.UUID,
    variant_id: uuid.UUID,
    ask: OfferAsk,
    actor: str,
    now: datetime,
) -> tuple[Offer, bool]:
    """Set or change what a supplier sells for a variant; True when it is new.

    Safe to repeat: an offer that is as asked stays as it is, without a fact. The caller has
    seen that supplier and variant belong to one shop.
    """
    values = asdict(ask) | {"field_map": dict(ask.field_map)}
    with transaction.atomic():
        supplier = Supplier.everywhere.select_for_update().get(pk=supplier_id)
        found = Offer.everywhere.filter(supplier=supplier, variant_id=variant_id).first()
        if found and all(getattr(found, name) == value for name, value in values.items()):
            return found, False
        offer: Offer = Offer.everywhere.update_or_create(
            supplier=supplier,
            variant_id=variant_id,
            defaults=values
            | {"shop_id": supplier.shop_id, "changed_at": now}
            | ({} if found else {"id": ids.uuid7(now)}),
        )[0]
        journal.write(
            kind="offer.changed" if found else "offer.created",
            subject="offer", subject_id=offer.pk, shop_id=supplier.shop_id, actor=actor, at=now,
            data={
                "supplier": supplier.code, "variant": variant_id.hex, "goods": ask.goods,
                "unit_cost_hao": ask.unit_cost_hao, "enabled": ask.enabled,
            },
        )  # fmt: skip
        windows.publish(
            shop_id=supplier.shop_id, product_id=offer.variant.product_id, actor=actor, now=now
        )
    return offer, found is None
