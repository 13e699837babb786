"""How every page of the desk is rendered, and how an act says what it did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from daoda.doors.web.operator.queries import rights
from daoda.doors.web.staff.gate import StaffRequest
from daoda.kit import clock


def show(
    request: StaffRequest, template: str, /, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the desk. ``now`` is read once, here, unless the view has read it."""
    context.setdefault("now", clock.now())
    context |= {"staff": request.staff, "may": rights.named(rights.of(request.staff))}
    return render(request, f"web/operator/{template}.html", context, status=status)


def done(request: StaffRequest, href: str, says: str) -> HttpResponse:
    """The act is done: say so on the page that follows."""
    messages.success(request, says)
    return HttpResponseRedirect(href)


def moved_on(request: StaffRequest, href: str) -> HttpResponse:
    """The thing was no longer where the page had shown it; nothing was done."""
    says = _("It has moved on in the meantime, so nothing was changed. This is how it is now.")
    messages.error(request, says)
    return HttpResponseRedirect(href)
