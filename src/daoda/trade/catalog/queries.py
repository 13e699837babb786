"""Reading the catalogue of the shop that was entered (``shops.scope``)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from daoda.trade.catalog import rules
from daoda.trade.catalog.models import Category, Coupon, PriceStep, Product, Variant


@dataclass(frozen=True)
class Shelf:
    """Products on sale of one category (None: of no category)."""

    category: Category | None
    products: list[Product]


@dataclass(frozen=True)
class Offer:
    """A quote with the coupon that made it; ``refusal`` says why a coupon did not count."""

    quote: rules.Quote
    coupon: Coupon | None
    refusal: str | None


def shelf() -> list[Shelf]:
    """Everything on sale, by category; ``variants.all()`` of each are those on sale."""
    by_category: dict[uuid.UUID | None, list[Product]] = {}
    for row in _on_sale().filter(variants__published=True).distinct().order_by("rank", "id"):
        by_category.setdefault(row.category_id, []).append(row)
    categories: list[Category | None] = [*Category.objects.order_by("rank", "id"), None]
    shelves = [
        Shelf(category, by_category.get(category.id if category else None, []))
        for category in categories
    ]
    return [one for one in shelves if one.products]


def product(slug: str) -> Product | None:
    """A product on sale, its ``variants.all()`` those on sale; None when there is none."""
    return _on_sale().filter(slug=slug).first()


def variant(variant_id: uuid.UUID) -> Variant | None:
    """A variant on sale, with its product; None when it or its product is not on sale."""
    rows = Variant.objects.select_related("product", "product__category")
    found: Variant | None = (
        rows.filter(pk=variant_id, published=True, product__published=True)
        .prefetch_related(_steps("steps"))
        .first()
    )
    return found


def products() -> QuerySet[Product]:
    """Every product, on sale or not, for those who keep the shop, with all its variants."""
    variants = Variant.objects.order_by("rank", "id").prefetch_related(_steps("steps"))
    rows: QuerySet[Product] = Product.objects.select_related("category").order_by("rank", "id")
    return rows.prefetch_related(Prefetch("variants", variants))


def coupon(typed: str) -> Coupon | None:
    """The coupon of a code as somebody typed it."""
    found: Coupon | None = Coupon.objects.filter(code=rules.normalize_coupon_code(typed)).first()
    return found


def offer(variant: Variant, *, quantity: int, coupon_code: str, now: datetime) -> Offer:
    """What a quantity costs now, with a coupon where one was typed.

    Raises ValueError for a quantity outside the limits.
    """
    found = coupon(coupon_code) if coupon_code else None
    steps = [rules.Step(row.min_quantity, row.unit_price_fen) for row in variant.steps.all()]
    plain = rules.price(variant_price_fen=variant.price_fen, steps=steps, quantity=quantity)
    if found is None:
        return Offer(plain, None, "unknown" if coupon_code else None)
    terms = coupon_terms(found)
    refusal = rules.coupon_refusal(
        terms, product_id=variant.product_id, full_fen=plain.total_fen, now=now
    )
    if refusal:
        return Offer(plain, None, refusal)
    quote = rules.price(
        variant_price_fen=variant.price_fen, steps=steps, quantity=quantity, coupon=terms
    )
    return Offer(quote, found, None)


def coupon_terms(row: Coupon) -> rules.CouponTerms:
    """A coupon as plain values."""
    return rules.CouponTerms(
        kind="percent" if row.kind == "percent" else "amount",
        value=row.value,
        min_amount_fen=row.min_amount_fen,
        product_id=row.product_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        uses_left=None if row.uses_max is None else row.uses_max - row.used,
        withdrawn=row.withdrawn,
    )


def fields_of(row: Product) -> tuple[rules.Field, ...]:
    """The fields a buyer must fill for this product; every stored definition was checked."""
    fields, _ = rules.read_fields(row.fields)
    return fields


def recipe_of(row: Product) -> rules.Recipe:
    """How a paid order of this product becomes goods; every stored recipe was checked."""
    kind = next(kind for kind in rules.KINDS if kind == row.kind)
    return rules.read_recipe(kind, row.recipe)


def _on_sale() -> QuerySet[Product]:
    variants = Variant.objects.filter(published=True).order_by("rank", "id")
    rows: QuerySet[Product] = Product.objects.filter(published=True).select_related("category")
    return rows.prefetch_related(Prefetch("variants", variants.prefetch_related(_steps("steps"))))


def _steps(path: str) -> Prefetch[str, QuerySet[PriceStep], str]:
    # Through `everywhere`: the variants they hang on are this shop's already.
    return Prefetch(path, PriceStep.everywhere.order_by("min_quantity"))
