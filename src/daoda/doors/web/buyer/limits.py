"""How often a visitor may try, counted before any work is done."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from daoda.kit import addresses
from daoda.records.accounts import throttles

MINUTE_S = 60
HOUR_S = 3600


def finding(request: HttpRequest, subject: str, *, now: datetime) -> int:
    """Seconds until one may look for an order again; 0 when this try counts as allowed.

    Counted for the visitor and for what is looked for, so that neither one address can try many
    numbers nor many addresses one number.
    """
    own = throttles.hit("find.visitor", visitor(request), limit=12, per_s=5 * MINUTE_S, now=now)
    if not own.allowed:
        return own.retry_after_s
    wanted = throttles.hit("find.subject", subject, limit=20, per_s=HOUR_S, now=now)
    return wanted.retry_after_s


def placing(request: HttpRequest, *, now: datetime) -> int:
    """Seconds until one may place an order again; 0 when this one may be."""
    return throttles.hit(
        "place.visitor", visitor(request), limit=30, per_s=10 * MINUTE_S, now=now
    ).retry_after_s


def paying(request: HttpRequest, *, now: datetime) -> int:
    """Seconds until one may start another payment; 0 when this one may be."""
    return throttles.hit(
        "pay.visitor", visitor(request), limit=60, per_s=10 * MINUTE_S, now=now
    ).retry_after_s


def revealing(request: HttpRequest, *, now: datetime) -> int:
    """Seconds until one may have a code shown again; 0 when this one may be."""
    return throttles.hit(
        "reveal.visitor", visitor(request), limit=300, per_s=10 * MINUTE_S, now=now
    ).retry_after_s


def visitor(request: HttpRequest) -> str:
    """What a limit counts as one visitor."""
    address = addresses.of_visitor(request.META, trusted_proxies=settings.DAODA.trusted_proxies)
    return addresses.limited_as(address)


def client_ip(request: HttpRequest) -> str:
    """The visitor's address, which some channels ask for."""
    return addresses.of_visitor(request.META, trusted_proxies=settings.DAODA.trusted_proxies)
