"""The corner shop and its shelf."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from daoda.kit import ids
from daoda.records.journal.models import Fact
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code, Import, Level

ME = "staff:" + "0" * 31 + "1"


def open_shop(now: datetime, slug: str = "corner") -> Shop:
    return shops.create(slug=slug, name="街角", hosts=[f"{slug}.test"], now=now)


def offer(shop: Shop, now: datetime, title: str = "100") -> Variant:
    """A variant of codes on sale."""
    product = catalog.create_product(
        shop_id=shop.id,
        kind="code",
        slug=f"p-{uuid.uuid4().hex[:8]}",
        title="Steam",
        actor=ME,
        now=now,
    )
    variant = catalog.create_variant(
        product_id=product.id, title=title, price_fen=10_000, actor=ME, now=now
    )
    catalog.publish_product(product_id=product.id, actor=ME, now=now)
    return variant


def send(
    variant: Variant,
    content: str | bytes,
    now: datetime,
    *,
    mode: str = "skip_bad",
    key: str = "",
    actor: str = ME,
    layout: stock.Layout | None = None,
) -> Import:
    """Begin an import."""
    return stock.begin_import(
        shop_id=variant.shop_id,
        variant_id=variant.id,
        content=content.encode() if isinstance(content, str) else content,
        layout=layout or stock.Layout(),
        mode=mode,
        actor=actor,
        now=now,
        key=key,
    )


def finish(row: Import, now: datetime) -> Import:
    """Let the worker do all there is to do for an import."""
    while stock.work_on_import(now=now, import_id=row.id):
        pass
    return again(row)


def again(row: Import) -> Import:
    found: Import = Import.everywhere.get(pk=row.pk)
    return found


def put(variant: Variant, texts: Iterable[str], now: datetime) -> list[uuid.UUID]:
    """Put codes on the shelf, by an import; their ids in order."""
    row = finish(send(variant, "\n".join(texts), now, layout=stock.Layout("lines")), now)
    assert row.state == "imported"
    codes = Code.everywhere.filter(import_id=row.id).order_by("seq")
    return list(codes.values_list("id", flat=True))


def level(variant: Variant) -> tuple[int, int]:
    """Available and owed."""
    row = Level.everywhere.get(pk=variant.pk)
    return row.available, row.owed


def places(variant: Variant) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in Code.everywhere.filter(variant=variant).values_list("place", flat=True):
        found[place] = found.get(place, 0) + 1
    return found


def need(variant: Variant, quantity: int = 1) -> stock.Need:
    """The need of a new order."""
    return stock.Need(ids.uuid7(), variant.id, quantity)


def buy(variant: Variant, quantity: int, now: datetime) -> tuple[uuid.UUID, Sequence[uuid.UUID]]:
    """Reserve and take for a new order: its id, and the codes it got."""
    assert stock.reserve(variant_id=variant.id, quantity=quantity)
    wanted = need(variant, quantity)
    return wanted.order_id, stock.take(needs=[wanted], now=now)[wanted.order_id]


def facts(kind: str) -> list[Fact]:
    return list(Fact.everywhere.filter(kind=kind).order_by("at", "id"))
