"""What is on sale, as the shop front and the product page show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daoda.doors.web.buyer.queries import facts
from daoda.doors.web.pieces import Shape
from daoda.records.promises import queries as promise_rules
from daoda.records.shops.models import Shop
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.catalog.rules import QUANTITY_MAX
from daoda.trade.orders import queries as orders
from daoda.trade.stock import queries as stock

FEW = 10  # from here on down the number left is told


@dataclass(frozen=True, kw_only=True)
class Stock:
    """How many there are, in words with a shape. ``left`` None means without a count."""

    shape: Shape
    says: str
    left: int | None

    @property
    def any(self) -> bool:
        """Whether at least one can be bought."""
        return self.left is None or self.left > 0


@dataclass(frozen=True, kw_only=True)
class Item:
    """A product on the shop front."""

    href: str
    title: str
    summary: str
    picture: str
    price_fen: int
    prices_differ: bool
    currency: str
    stock: Stock
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ShownShelf:
    """A category with its products."""

    anchor: str
    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A variant to choose."""

    key: str
    title: str
    price_fen: int
    list_price_fen: int | None
    currency: str
    stock: Stock
    buyable: bool


@dataclass(frozen=True, kw_only=True)
class ShownProduct:
    """A product page without what depends on the choice made."""

    href: str
    slug: str
    title: str
    summary: str
    picture: str
    usage_notice: str
    region_note: str
    platform_note: str
    variants: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """From ``min_quantity`` on, each costs ``unit_fen``; ``current`` for the quantity chosen."""

    min_quantity: int
    unit_fen: int
    current: bool


@dataclass(frozen=True, kw_only=True)
class ShownQuote:
    """What the chosen variant and quantity cost, and by when it arrives if paid now."""

    variant_key: str
    variant_title: str
    quantity: int
    quantity_max: int
    limit: int | None
    steps: tuple[Step, ...]
    currency: str
    unit_fen: int
    total_fen: int
    discount_fen: int
    due_at: datetime | None
    why: str
    consequence: str
    buyable: bool
    errors: tuple[str, ...] = ()


def shelves(shop: Shop, *, now: datetime) -> tuple[ShownShelf, ...]:
    """Everything on sale, by category; stock and dates are each read once for all of it."""
    found = catalog.shelf()
    products = [product for shelf in found for product in shelf.products]
    left = _left(variant for product in products for variant in on_sale(product))
    clocks = promise_rules.rules_of(shop.pk, now=now)
    return tuple(
        ShownShelf(
            anchor=shelf.category.slug if shelf.category else "more",
            name=shelf.category.title if shelf.category else _("More"),
            items=tuple(_item(product, left, clocks, now) for product in shelf.products),
        )
        for shelf in found
    )


def product(row: Product) -> ShownProduct:
    """A product on sale (from ``catalog.product``) as its page shows it."""
    left = _left(on_sale(row))
    return ShownProduct(
        href=reverse("buyer:product", args=[row.slug]),
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        picture=picture(row),
        usage_notice=row.usage_notice,
        region_note=row.region_note,
        platform_note=row.platform_note,
        variants=tuple(_choice(variant, row, left) for variant in on_sale(row)),
    )


def quote(variant: Variant, *, quantity: int, coupon_code: str, now: datetime) -> ShownQuote:
    """What so many of a variant cost now. A quantity that cannot be had is named as an error."""
    row = variant.product
    there = _stock(row, _left([variant]).get(variant.pk, 0))
    most = min(n for n in (row.limit_per_buyer, there.left, QUANTITY_MAX) if n is not None)
    counted = min(max(quantity, 1), max(most, 1))
    offer = catalog.offer(variant, quantity=counted, coupon_code=coupon_code, now=now)
    due = orders.shown_due(row, now=now)
    return ShownQuote(
        variant_key=variant.pk.hex,
        variant_title=variant.title,
        quantity=counted,
        quantity_max=max(most, 1),
        limit=row.limit_per_buyer,
        steps=_steps(variant, counted),
        currency=variant.currency,
        unit_fen=offer.quote.unit_fen,
        total_fen=offer.quote.total_fen,
        discount_fen=offer.quote.discount_fen,
        due_at=due.due_at if there.any else None,
        why=facts.slowed_by(due.reasons),
        consequence=after(catalog.recipe_of(row).via),
        buyable=there.any,
        errors=_quantity_errors(row, there, quantity, counted),
    )


def on_sale(row: Product) -> list[Variant]:
    """The variants on sale of a product read by the catalogue's queries."""
    return list(row.variants.all())


def after(via: str) -> str:
    """What happens by itself when the date passes, said before paying."""
    if via in {"stock", "supplier"}:
        return _("If it has not arrived by then, operations takes over and you see a new date.")
    return _("If it has not arrived by then, the head of the shop is told and you see a new date.")


def picture(row: Product) -> str:
    """The address of a product's picture; empty when it has none."""
    return default_storage.url(row.picture) if row.picture else ""


def _item(
    row: Product, left: dict[UUID, int], clocks: promise_rules.ShopRules, now: datetime
) -> Item:
    choices = [_choice(variant, row, left) for variant in on_sale(row)]
    prices = [choice.price_fen for choice in choices]
    there = _together(row, [choice.stock for choice in choices])
    due = orders.shown_due(row, now=now, clocks=clocks)
    return Item(
        href=reverse("buyer:product", args=[row.slug]),
        title=row.title,
        summary=row.summary,
        picture=picture(row),
        price_fen=min(prices),
        prices_differ=min(prices) != max(prices),
        currency=choices[0].currency,
        stock=there,
        due_at=due.due_at if there.any else None,
    )


def _choice(variant: Variant, row: Product, left: dict[UUID, int]) -> Choice:
    there = _stock(row, left.get(variant.pk, 0))
    dearer = variant.list_price_fen
    return Choice(
        key=variant.pk.hex,
        title=variant.title,
        price_fen=variant.price_fen,
        list_price_fen=dearer if dearer and dearer > variant.price_fen else None,
        currency=variant.currency,
        stock=there,
        buyable=there.any,
    )


def _left(variants: Iterable[Variant]) -> dict[UUID, int]:
    left: dict[UUID, int] = stock.available([variant.pk for variant in variants])
    return left


def _stock(row: Product, left: int) -> Stock:
    if catalog.recipe_of(row).via != "stock":
        return Stock(shape="done", says=_("available"), left=None)
    if left <= 0:
        return Stock(shape="skipped", says=_("out of stock"), left=0)
    if left <= FEW:
        words = ngettext("%(n)s left", "%(n)s left", left) % {"n": left}
        return Stock(shape="late", says=words, left=left)
    return Stock(shape="done", says=_("in stock"), left=left)


def _together(row: Product, stocks: Sequence[Stock]) -> Stock:
    """A product has what all its variants have together."""
    return _stock(row, sum(one.left or 0 for one in stocks))


def _steps(variant: Variant, quantity: int) -> tuple[Step, ...]:
    rows = list(variant.steps.all())
    if not rows:
        return ()
    table = [(1, variant.price_fen), *((row.min_quantity, row.unit_price_fen) for row in rows)]
    reached = max(least for least, _unit in table if least <= quantity)
    return tuple(
        Step(min_quantity=least, unit_fen=unit, current=least == reached) for least, unit in table
    )


def _quantity_errors(row: Product, there: Stock, asked: int, counted: int) -> tuple[str, ...]:
    if asked == counted or not there.any:
        return ()
    if asked < 1:
        return (_("At least one."),)
    if row.limit_per_buyer is not None and counted == row.limit_per_buyer:
        return (_("At most %(n)s per buyer; it is set to %(n)s.") % {"n": counted},)
    return (_("Only %(n)s can be had now; it is set to %(n)s.") % {"n": counted},)
