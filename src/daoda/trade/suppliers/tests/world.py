"""A shop with something to sell and suppliers to buy it from."""

from __future__ import annotations

from datetime import UTC, datetime

from daoda.kit import ids
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.models import Supplier

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
CONFIG = {"gateway": "https://b.example", "api_key": "ak-1", "api_secret": "s" * 32}


def shop() -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOON)


def variant(of: Shop, *, slug: str = "light") -> Variant:
    product = Product.everywhere.create(
        shop=of, kind="code", slug=slug, title="Light", recipe={"via": "supplier"},
        created_at=NOON, changed_at=NOON,
    )  # fmt: skip
    made: Variant = Variant.everywhere.create(
        id=ids.uuid7(NOON), shop=of, product=product, title="30 days", price_fen=990,
        created_at=NOON, changed_at=NOON,
    )  # fmt: skip
    return made


def supplier(of: Shop, code: str = "b-site", **terms: object) -> Supplier:
    return suppliers.create(
        shop_id=of.pk, code=code, name=code.title(),
        speech=suppliers.Speech("dujiao_next", CONFIG),
        terms=suppliers.Terms(**terms),  # type: ignore[arg-type] # what a test wants to differ
        actor="machine:test", now=NOON,
    )  # fmt: skip


def offer(by: Supplier, what: Variant, cost_hao: int = 50_000, **ask: object) -> None:
    suppliers.put_offer(
        supplier_id=by.pk, variant_id=what.pk,
        ask=suppliers.OfferAsk("101", cost_hao, **ask),  # type: ignore[arg-type] # as above
        actor="machine:test", now=NOON,
    )  # fmt: skip
