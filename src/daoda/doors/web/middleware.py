"""The shop a request is for, found by its host name, entered for the whole request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.translation import gettext as _

from daoda.records.shops import queries as shops
from daoda.records.shops.models import Shop, scope


class ShopRequest(HttpRequest):
    """A request that has passed ``ShopOfHost``."""

    shop: Shop


class ShopOfHost:
    """Set ``request.shop`` and scope every read to it; an unknown host gets 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        shop = shops.of_host(request.get_host().partition(":")[0])
        if shop is None:
            return HttpResponseNotFound(_("There is no shop at this address."))
        request.shop = shop  # type: ignore[attr-defined]  # see ShopRequest
        with scope(shop.pk):
            return self.get_response(request)
