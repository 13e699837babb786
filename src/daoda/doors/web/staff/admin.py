"""Django's admin as one more page of staff: the same door, and looking only."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from daoda.doors.web.staff.gate import may_open_admin, to_sign_in


class RecordsSite(AdminSite):
    """Opens to whoever may read records. Its own sign-in asks for no second factor and its own
    password page writes no fact, so each of them leads to ours."""

    site_header = site_title = "Daoda"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return may_open_admin(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return to_sign_in(request, back=request.GET.get("next", ""))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("staff:me"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("staff:password"))
