"""The shop a request is for, found by its host name, and the zone its reader lives in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from daoda.doors.web import errors
from daoda.records.shops import queries as shops
from daoda.records.shops.models import Shop, scope


class ShopRequest(HttpRequest):
    """A request that has passed ``ShopOfHost``."""

    shop: Shop
    htmx: HtmxDetails


class ShopOfHost:
    """Set ``request.shop`` and scope every read to it; an unknown host gets 404.

    Times are said in the zone the reader's browser told (daoda.js), else in the shop's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        shop = shops.of_host(request.get_host().partition(":")[0])
        if shop is None:
            return errors.no_shop(request)
        request.shop = shop  # type: ignore[attr-defined]  # see ShopRequest
        with scope(shop.pk), timezone.override(_zone(request, shop)):
            return self.get_response(request)


def _zone(request: HttpRequest, shop: Shop) -> ZoneInfo:
    told = unquote(request.COOKIES.get("zone", ""))
    return ZoneInfo(told if told in _zones() else shop.time_zone)


@cache
def _zones() -> set[str]:
    return available_timezones()
