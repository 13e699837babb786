"""Who gets in: every view of staff says here what it asks for, or that it asks for nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from daoda.doors.web.middleware import ShopRequest
from daoda.records.accounts import queries as accounts
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Permission

View = Callable[..., HttpResponse]

ENTRANCE = "entrance"
SIGNED_IN = "signed_in"


class StaffRequest(ShopRequest):
    """A request that has passed `requires` or `signed_in`."""

    staff: Staff


def staff_of(request: HttpRequest) -> Staff | None:
    """The person signed in at this shop's door. Someone of another shop is nobody here."""
    staff = getattr(request, "user", None)
    shop = getattr(request, "shop", None)
    if not isinstance(staff, Staff) or shop is None or staff.shop_id != shop.pk:
        return None
    return staff if staff.is_active else None


def requires(permission: Permission) -> Callable[[View], View]:
    """Guard a view: strangers are sent to sign in, others without the permission get 403.

    The view finds the person in ``request.staff``; the answer is never cached.
    """
    return _guard(permission)


def signed_in(view: View) -> View:
    """Guard a view that everyone who works here may open."""
    return _guard(SIGNED_IN)(view)


def entrance(view: View) -> View:
    """Mark a view that strangers may open because it is how one gets in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    guarded.guard = ENTRANCE  # type: ignore[attr-defined]  # read by the test that walks all urls
    return guarded


def may_open_admin(request: HttpRequest) -> bool:
    """Whether Django's read-only admin opens; for ``AdminSite.has_permission``."""
    return accounts.may(staff_of(request), Permission.RECORDS_READ)


def _guard(asked: Permission | str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            staff = staff_of(request)
            if staff is None:
                return to_sign_in(request)
            request.staff = staff  # type: ignore[attr-defined]  # see StaffRequest
            if isinstance(asked, Permission) and not accounts.may(staff, asked):
                raise PermissionDenied(asked.value)
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        guarded.guard = asked  # type: ignore[attr-defined]  # read by the test of all urls
        return guarded

    return decorate


def to_sign_in(request: HttpRequest, *, back: str = "") -> HttpResponse:
    """Send a stranger to the sign-in, and afterwards ``back``, or to the page she asked for."""
    login = reverse("staff:login")
    if request.headers.get("HX-Request") == "true":
        # htmx would put the sign-in page into the middle of this one: tell it to leave.
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    if not back and request.method == "GET":
        back = request.get_full_path()
    return HttpResponseRedirect(f"{login}?{urlencode({'next': back})}" if back else login)
