"""Who asks: the API key of a request, its scope, and how much it may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from daoda.doors.api.problems import Problem
from daoda.kit import addresses, clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries, throttles
from daoda.records.accounts.backends import client_address
from daoda.records.accounts.models import ApiKey
from daoda.records.accounts.roles import Scope
from daoda.records.shops.models import Shop

REQUESTS = 600
REQUESTS_PER_S = 60
BAD_KEYS = 30
BAD_KEYS_PER_S = 60
TOKEN_CHARS_MAX = 200


class ApiRequest(HttpRequest):
    """A request that has shown a key: whose it is, and the one reading of the clock."""

    shop: Shop
    auth: ApiKey
    now: datetime
    counted: throttles.Verdict


class Bearer(HttpBearer):
    """``Authorization: Bearer <key>`` with one scope."""

    openapi_description = "An API key of the shop, issued on its page of staff."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: Any, token: str) -> ApiKey | None:
        """The key behind the token. Raises Problem for a missing scope or too many requests."""
        now = clock.now()
        key = queries.key_of(token, now=now) if len(token) <= TOKEN_CHARS_MAX else None
        # A key is good at its own shop's door only.
        if key is None or key.shop_id != request.shop.pk:
            _count_bad_key(request, now)
            return None
        request.now = now
        request.counted = throttles.hit(
            "api_key", key.pk.hex, limit=REQUESTS, per_s=REQUESTS_PER_S, now=now
        )
        _refuse_too_many(request.counted)
        if self.scope not in key.scopes:
            raise Problem("missing_scope", self.scope.value)
        accounts.note_use(key=key, now=now)
        return key


def tell_limits(request: HttpRequest, response: HttpResponse) -> None:
    """Say in headers what the key may still ask for."""
    counted: throttles.Verdict | None = getattr(request, "counted", None)
    if counted is None:
        return
    reset_s = (counted.limit - counted.remaining) * REQUESTS_PER_S / counted.limit
    response.headers["RateLimit-Limit"] = str(counted.limit)
    response.headers["RateLimit-Remaining"] = str(counted.remaining)
    response.headers["RateLimit-Reset"] = str(max(round(reset_s), counted.retry_after_s))


def _count_bad_key(request: HttpRequest, now: datetime) -> None:
    """Stop whoever tries keys; those who show a good one from there are not held up."""
    address = addresses.limited_as(client_address(request))
    counted = throttles.hit("api_bad_key", address, limit=BAD_KEYS, per_s=BAD_KEYS_PER_S, now=now)
    _refuse_too_many(counted)


def _refuse_too_many(counted: throttles.Verdict) -> None:
    if not counted.allowed:
        raise Problem("too_many_requests", headers={"Retry-After": str(counted.retry_after_s)})
