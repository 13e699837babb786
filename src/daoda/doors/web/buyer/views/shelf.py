"""The shop front and the page of a product."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from daoda.doors.web.buyer.forms import Choose
from daoda.doors.web.buyer.queries import shelf
from daoda.doors.web.middleware import ShopRequest
from daoda.kit import clock
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Product, Variant


@require_safe
def front(request: ShopRequest) -> HttpResponse:
    """Everything on sale."""
    now = clock.now()
    context = {"shelves": shelf.shelves(request.shop, now=now), "now": now}
    return render(request, "web/buyer/shelf.html", context)


@require_safe
def product(request: ShopRequest, slug: str) -> HttpResponse:
    """A product, with the price and the date of the variant and quantity chosen so far."""
    now = clock.now()
    row = catalog.product(slug)
    if row is None or not shelf.on_sale(row):
        raise Http404("no such product on sale")
    shown = shelf.product(row)
    chosen = _chosen(row, shown, request.GET.get("variant", ""))
    quantity = _quantity(request.GET.get("quantity", ""))
    quote = shelf.quote(chosen, quantity=quantity, coupon_code="", now=now)
    context = {"product": shown, "quote": quote, "now": now}
    return render(request, "web/buyer/product.html", context)


def _chosen(row: Product, shown: shelf.ShownProduct, key: str) -> Variant:
    """The variant asked for, else the first that can be bought, else the first."""
    by_key: dict[str, Variant] = {variant.pk.hex: variant for variant in shelf.on_sale(row)}
    buyable = [choice.key for choice in shown.variants if choice.buyable]
    for wanted in (key, *buyable):
        if wanted in by_key:
            return by_key[wanted]
    return shelf.on_sale(row)[0]


def _quantity(text: str) -> int:
    form = Choose({"variant": "0" * 32, "quantity": text})
    return form.cleaned_data["quantity"] if form.is_valid() else 1
