"""What is on sale."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Path

from daoda.doors.api import schemas
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.problems import Problem
from daoda.doors.api.views.common import problems
from daoda.records.accounts.roles import Scope
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.stock import queries as stock

router = Router(tags=["products"])
Slug = Annotated[str, Path(pattern="^[-a-zA-Z0-9_]{1,60}$", description="The product's slug.")]


@router.get(
    "",
    operation_id="list_products",
    summary="List what is on sale",
    auth=Bearer(Scope.PRODUCTS_READ),
    response={200: schemas.ProductsOut, **problems(401, 403, 429)},
)
def list_products(request: ApiRequest) -> dict[str, Any]:
    """Every product on sale, in the order of the shelf, with its variants, prices and stock.

    Scope `products:read`. There is one page: a shop's shelf is small.
    """
    products = [product for shelf in catalog.shelf() for product in shelf.products]
    available = _available(products)
    return {"items": [_product(product, available) for product in products]}


@router.get(
    "/{slug}",
    operation_id="read_product",
    summary="Read a product",
    auth=Bearer(Scope.PRODUCTS_READ),
    response={200: schemas.ProductOut, **problems(401, 403, 404, 422, 429)},
)
def read_product(request: ApiRequest, slug: Slug) -> dict[str, Any]:
    """One product on sale, by its slug. Scope `products:read`."""
    product = catalog.product(slug)
    if product is None:
        raise Problem("not_found", _("No product on sale has this slug."))
    return _product(product, _available([product]))


def _available(products: list[Product]) -> dict[uuid.UUID, int]:
    return stock.available([row.pk for product in products for row in product.variants.all()])


def _product(product: Product, available: dict[uuid.UUID, int]) -> dict[str, Any]:
    counted = catalog.recipe_of(product).via == "stock"
    return {
        "id": product.pk,
        "slug": product.slug,
        "kind": product.kind,
        "category": product.category.slug if product.category else None,
        "title": product.title,
        "summary": product.summary,
        "usage_notice": product.usage_notice,
        "region_note": product.region_note,
        "platform_note": product.platform_note,
        "limit_per_buyer": product.limit_per_buyer,
        "fields": [_field(field) for field in catalog.fields_of(product)],
        "variants": [
            _variant(variant, available[variant.pk] if counted else None)
            for variant in product.variants.all()
        ],
    }


def _field(field: Any) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "label": dict(field.label),
        "help": dict(field.help),
        "length_min": field.length_min,
        "length_max": field.length_max,
        "choices": [choice.value for choice in field.choices],
    }


def _variant(variant: Variant, available: int | None) -> dict[str, Any]:
    return {
        "id": variant.pk,
        "title": variant.title,
        "price_fen": variant.price_fen,
        "list_price_fen": variant.list_price_fen,
        "currency": variant.currency,
        "steps": [
            {"min_quantity": step.min_quantity, "unit_price_fen": step.unit_price_fen}
            for step in variant.steps.all()
        ],
        "available": available,
    }
