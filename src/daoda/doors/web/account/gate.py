"""Whose session it is: the buyer's own key in the session, beside that of staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare

from daoda.doors.web.middleware import ShopRequest
from daoda.trade.buyers import queries as buyers
from daoda.trade.buyers.models import Buyer

View = Callable[..., HttpResponse]

SESSION = "buyer"
ENTRANCE = "entrance"
SIGNED_IN = "signed_in"
_READ = "_buyer_of_session"


class BuyerRequest(ShopRequest):
    """A request that has passed `signed_in`."""

    buyer: Buyer


def buyer_of(request: HttpRequest) -> Buyer | None:
    """The buyer signed in at this shop; someone of another shop is nobody here."""
    if not hasattr(request, _READ):
        setattr(request, _READ, _read(request))
    found: Buyer | None = getattr(request, _READ)
    return found


def seems_in(request: HttpRequest) -> bool:
    """Whether the session says that someone is in; for words, never for rights."""
    return SESSION in getattr(request, "session", {})


def enter(request: HttpRequest, buyer: Buyer) -> None:
    """Make the session hers, under a new session id so that nobody has planted it."""
    request.session.cycle_key()
    rotate_token(request)
    request.session[SESSION] = {"id": buyer.pk.hex, "hash": buyer.session_hash()}
    setattr(request, _READ, buyer)


def leave(request: HttpRequest) -> None:
    """End her session; one of staff in the same browser goes on."""
    request.session.pop(SESSION, None)
    request.session.cycle_key()
    rotate_token(request)
    setattr(request, _READ, None)


def signed_in(view: View) -> View:
    """Guard a view: strangers are sent to sign in. The view finds her in ``request.buyer``."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        buyer = buyer_of(request)
        if buyer is None:
            response = _to_sign_in(request)
        else:
            request.buyer = buyer  # type: ignore[attr-defined]  # see BuyerRequest
            response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    guarded.guard = SIGNED_IN  # type: ignore[attr-defined]  # read by the test of all urls
    return guarded


def entrance(view: View) -> View:
    """Mark a view that strangers may open because it is how one gets in, or out."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    guarded.guard = ENTRANCE  # type: ignore[attr-defined]  # read by the test of all urls
    return guarded


def _read(request: HttpRequest) -> Buyer | None:
    kept = request.session.get(SESSION)
    if not kept:
        return None
    buyer = buyers.get(UUID(hex=kept["id"]))
    if buyer is None or not constant_time_compare(buyer.session_hash(), kept["hash"]):
        return None
    return buyer


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    sign_in = reverse("account:sign_in")
    if request.method != "GET":
        return HttpResponseRedirect(sign_in)
    return HttpResponseRedirect(f"{sign_in}?{urlencode({'next': request.get_full_path()})}")
