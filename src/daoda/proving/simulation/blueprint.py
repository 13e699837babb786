"""What a copy of a shop is made from: read where the shop is, written down, read by the player.

Rows of the catalogue and the date rules as they are; of stock only how much there is; of a
channel only its name. What a buyer must fill in is left out, and with it every reason to make up
persons who fit it; so are rules of risk, which would judge buyers who have no history. Suppliers
are not called: what is bought from them is in the copy delivered by the day's supplier crew, by
the dates that were given for buying it.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import serializers
from django.db.models import F, Q

from daoda.trade.catalog.rules import Recipe

_BY_SUPPLIERS = {"via": "hand", "owner": "department:supplier"}
_LAST_VERSION = 2**31 - 1  # above every version of a rule somebody published


@dataclass(frozen=True)
class Sold:
    """A variant as the day needs to know it. ``crew`` is who delivers it, empty for the shelf."""

    variant_id: uuid.UUID
    name: str
    crew: str
    available: int


@dataclass(frozen=True)
class Blueprint:
    """A shop to be copied: its rows in Django's own form, its variants, its channels' names."""

    shop_id: uuid.UUID
    time_zone: str
    rows: list[dict[str, Any]]
    sold: dict[uuid.UUID, Sold]
    channels: list[str]

    def to_json(self) -> dict[str, Any]:
        """As it is handed to the player."""
        return {
            "shop": self.shop_id.hex, "time_zone": self.time_zone, "rows": self.rows,
            "channels": self.channels,
            "sold": [
                [one.variant_id.hex, one.name, one.crew, one.available]
                for one in self.sold.values()
            ],
        }  # fmt: skip


def from_json(raw: dict[str, Any]) -> Blueprint:
    """What ``to_json`` has written."""
    sold = [Sold(uuid.UUID(one), name, crew, left) for one, name, crew, left in raw["sold"]]
    return Blueprint(
        uuid.UUID(raw["shop"]), raw["time_zone"], raw["rows"],
        {one.variant_id: one for one in sold}, raw["channels"],
    )  # fmt: skip


def read(shop_id: uuid.UUID, *, now: datetime) -> Blueprint:
    """The blueprint of a shop as it is ``now``, from the database Django points at."""
    from daoda.records.promises.models import PromiseRule
    from daoda.records.shops.models import Shop
    from daoda.trade.catalog.models import Category, PriceStep, Product, Variant
    from daoda.trade.payments.models import Channel

    shop = Shop.objects.get(pk=shop_id)
    rows = json.loads(serializers.serialize("json", [shop]))
    for model in (Category, Product, Variant, PriceStep, PromiseRule):
        own = model.everywhere.filter(shop_id=shop_id).order_by("pk")
        rows += json.loads(serializers.serialize("json", own))
    rows += _rules_of_bought(shop_id, now)
    channels = Channel.everywhere.filter(shop_id=shop_id, enabled=True).order_by("rank", "pk")
    return Blueprint(
        shop_id, shop.time_zone, [_without_people(row) for row in rows], _sold(shop_id),
        list(channels.values_list("code", flat=True)) or ["sandbox"],
    )  # fmt: skip


def _without_people(row: dict[str, Any]) -> dict[str, Any]:
    if row["model"] == "catalog.product":
        row["fields"] |= {"fields": [], "picture": "", "limit_per_buyer": None}
        if row["fields"]["recipe"].get("via") == "supplier":
            row["fields"]["recipe"] = _BY_SUPPLIERS
    if row["model"] == "shops.shop":
        row["fields"] |= {"hosts": [], "logo": "", "footer": "", "filing_number": ""}
        row["fields"]["screens_orders"] = False
    return row


def _rules_of_bought(shop_id: uuid.UUID, now: datetime) -> list[dict[str, Any]]:
    """For what is bought from suppliers: the rule of buying it, as that of the crew's handling."""
    from daoda.records.promises import queries as promises
    from daoda.records.promises.models import PromiseRule
    from daoda.trade.catalog.models import Product

    clocks = promises.rules_of(shop_id, now=now)
    made = []
    for product in Product.everywhere.filter(shop_id=shop_id, recipe__via="supplier"):
        rule = clocks.rule("supplying", product.pk)
        own = PromiseRule.everywhere.filter(
            shop_id=shop_id, node="supplying", version=rule.version
        ).filter(Q(product_id=product.pk) | Q(product_id=None))
        found = own.order_by(F("product_id").asc(nulls_last=True)).first()
        made.append(
            PromiseRule(
                shop_id=shop_id, node="handling", product_id=product.pk, version=_LAST_VERSION,
                seconds=rule.seconds, windows=found.windows if found else [], published_at=now,
            )
        )  # fmt: skip
    found_rows: list[dict[str, Any]] = json.loads(serializers.serialize("json", made))
    return found_rows


def _sold(shop_id: uuid.UUID) -> dict[uuid.UUID, Sold]:
    from daoda.trade.catalog import queries as catalog
    from daoda.trade.catalog.models import Variant
    from daoda.trade.stock.models import Level

    levels = dict(Level.everywhere.filter(shop_id=shop_id).values_list("variant_id", "available"))
    variants = Variant.everywhere.filter(shop_id=shop_id).select_related("product").order_by("pk")
    found = {}
    for variant in variants:
        recipe = catalog.recipe_of(variant.product)
        name = f"{variant.product.title} · {variant.title}"
        found[variant.pk] = Sold(variant.pk, name, _crew(recipe), levels.get(variant.pk, 0))
    return found


def _crew(recipe: Recipe) -> str:
    if recipe.via == "stock":
        return ""
    bought = recipe.via == "supplier" or recipe.owner == "department:supplier"
    return "supplier" if bought else "agents"
