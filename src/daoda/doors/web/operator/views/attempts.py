"""Attempts that need a person: what is unknown, contradicts itself, or is claimed back."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries
from daoda.delivery.fulfilment.models import Attempt
from daoda.doors.web.operator.forms import attempts as forms
from daoda.doors.web.operator.queries import attempts as told
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission


@requires(Permission.SUPPLIERS_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """What waits for a person, and what suppliers owe us, with its age."""
    return show(request, "attempts", lines=told.waiting(), claims=queries.claims())


@requires(Permission.SUPPLIERS_READ)
@require_safe
def attempt(request: StaffRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """One attempt: everything that was said about it, and what a person may decide."""
    return _show(request, attempt_id)


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def giving_up(request: StaffRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """It is given up before its date: bought elsewhere, or the buyer refunded."""
    href, form = _href(attempt_id), forms.GivingUp(request.POST)
    if not form.is_valid():
        return _show(request, attempt_id, giving_up=form, status=422)
    try:
        fulfilment.cut_off(
            attempt_id=attempt_id, way=form.cleaned_data["way"], actor=request.staff.actor,
            now=clock.now(),
        )  # fmt: skip
    except fulfilment.CannotSettle:
        return moved_on(request, href)
    return done(request, href, _("It is given up; the order goes on."))


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def more_time(request: StaffRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """The supplier is given more time, and asked at once."""
    href, form = _href(attempt_id), forms.MoreTime(request.POST)
    if not form.is_valid():
        return _show(request, attempt_id, more_time=form, status=422)
    now = clock.now()
    until = now + timedelta(hours=form.cleaned_data["hours"])
    try:
        fulfilment.wait_until(
            attempt_id=attempt_id, until=until, actor=request.staff.actor, now=now
        )
    except fulfilment.CannotSettle:
        return moved_on(request, href)
    return done(request, href, _("The supplier has a new date, and is asked now."))


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def settlement(request: StaffRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """The claim ends: the supplier gave the money back, or it is lost."""
    href, form = _href(attempt_id), forms.Settlement(request.POST)
    if not form.is_valid():
        return _show(request, attempt_id, settlement=form, status=422)
    try:
        fulfilment.settle_claim(
            attempt_id=attempt_id, how=form.cleaned_data["how"], note=form.cleaned_data["note"],
            actor=request.staff.actor, now=clock.now(),
        )  # fmt: skip
    except fulfilment.CannotSettle:
        return moved_on(request, href)
    return done(request, href, _("The claim is settled and booked."))


def _href(attempt_id: uuid.UUID) -> str:
    if not Attempt.objects.filter(pk=attempt_id).exists():
        raise Http404("no such attempt")
    return reverse("desk:attempt", args=[attempt_id])


def _show(
    request: StaffRequest, attempt_id: uuid.UUID, *, status: int = 200, **typed: object
) -> HttpResponse:
    line = told.one(attempt_id)
    if line is None:
        raise Http404("no such attempt")
    acts = {
        "giving_up": typed.get("giving_up") or forms.GivingUp(),
        "more_time": typed.get("more_time") or forms.MoreTime(),
        "settlement": typed.get("settlement") or forms.Settlement(),
    }
    return show(request, "attempt", line=line, acts=acts, status=status)
