"""Whose address a request comes from, when some of what it says may be made up."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

UNKNOWN = "0.0.0.0"  # noqa: S104 - nobody's address, not one to listen on


def of_visitor(meta: Mapping[str, Any], *, trusted_proxies: int) -> str:
    """The visitor's IP address from WSGI's environment.

    Each proxy appends the address it was called from to ``X-Forwarded-For``: with n proxies of
    our own the n-th from the right is true, and whatever stands further left the visitor may
    have written. Anything unreadable counts as one unknown address, so that it shares one limit.
    """
    told = str(meta.get("REMOTE_ADDR") or "")
    if trusted_proxies:
        chain = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
        told = chain[-trusted_proxies] if len(chain) >= trusted_proxies else told
    return _plain(told)


def _plain(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return UNKNOWN
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def limited_as(address: str) -> str:
    """What a rate limit counts for this address: a whole /64 of IPv6, which one visitor has."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
