"""Who works here: seeing them, inviting, and helping those who cannot get in."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.staff import forms
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Permission, Role


@requires(Permission.STAFF_READ)
@require_safe
def people(request: StaffRequest) -> HttpResponse:
    """Everyone who works or worked here."""
    rows = [(person, forms.ROLE_WORDS[Role(person.role)]) for person in queries.staff_of_shop()]
    may_manage = queries.may(request.staff, Permission.STAFF_MANAGE)
    return _page(request, "people", rows=rows, may_manage=may_manage)


@requires(Permission.STAFF_MANAGE)
def invitation(request: StaffRequest) -> HttpResponse:
    """Invite someone; the one-time password is shown once."""
    form = forms.Invitation(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invited = accounts.invite(
                shop_id=request.shop.pk,
                login=form.cleaned_data["login"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                actor=request.staff.actor,
                now=clock.now(),
            )
        except accounts.LoginTaken:
            form.add_error("login", _("Someone here has this login name already."))
        else:
            return _show_password(request, invited.staff, invited.one_time_password)
    status = 422 if form.errors else 200
    return _page(request, "invitation", form=form, duties=_duties(), status=status)


@requires(Permission.STAFF_READ)
@require_safe
def person(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponse:
    """One person, and what can be done for her."""
    them = _them(staff_id)
    role = Role(them.role)
    return _page(
        request,
        "person",
        them=them,
        role=forms.ROLE_WORDS[role],
        duty=forms.ROLE_DUTIES[role],
        has_second_factor=queries.has_second_factor(them),
        may_manage=queries.may(request.staff, Permission.STAFF_MANAGE),
        role_form=forms.RoleChange(initial={"role": them.role}),
    )


@requires(Permission.STAFF_MANAGE)
@require_POST
def role(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponse:
    """Give someone other work."""
    them, form = _them(staff_id), forms.RoleChange(request.POST)
    if form.is_valid():
        wanted = Role(form.cleaned_data["role"])
        try:
            accounts.change_role(
                staff=them, role=wanted, actor=request.staff.actor, now=clock.now()
            )
        except accounts.LastOperator:
            _say_last_operator(request)
        else:
            messages.success(request, _("The role is changed, and counts from now on."))
    return _back(them)


@requires(Permission.STAFF_MANAGE)
@require_POST
def password(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponse:
    """Replace a forgotten password with a one-time password."""
    them = _them(staff_id)
    one_time = accounts.reset_password(staff=them, actor=request.staff.actor, now=clock.now())
    return _show_password(request, them, one_time)


@requires(Permission.STAFF_MANAGE)
@require_POST
def second_factor(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponse:
    """Forget a lost authenticator."""
    them = _them(staff_id)
    accounts.reset_second_factor(staff=them, actor=request.staff.actor, now=clock.now())
    messages.success(request, _("At the next sign-in a new authenticator app is enrolled."))
    return _back(them)


@requires(Permission.STAFF_MANAGE)
@require_POST
def switch(request: StaffRequest, staff_id: uuid.UUID) -> HttpResponse:
    """Close or open the door to someone (field ``open``: 1 or 0)."""
    them, now = _them(staff_id), clock.now()
    try:
        if request.POST.get("open") == "1":
            accounts.switch_on(staff=them, actor=request.staff.actor, now=now)
        else:
            accounts.switch_off(staff=them, actor=request.staff.actor, now=now)
    except accounts.LastOperator:
        _say_last_operator(request)
    return _back(them)


def _them(staff_id: uuid.UUID) -> Staff:
    # Scoped: someone of another shop is not found here.
    them: Staff = get_object_or_404(Staff.objects.all(), pk=staff_id)
    return them


def _back(them: Staff) -> HttpResponse:
    return HttpResponseRedirect(reverse("staff:person", args=[them.pk]))


def _say_last_operator(request: StaffRequest) -> None:
    messages.error(request, _("This is the last operator. Make someone else operator first."))


def _duties() -> list[tuple[Any, Any]]:
    return [(forms.ROLE_WORDS[role], forms.ROLE_DUTIES[role]) for role in Role]


def _show_password(request: StaffRequest, them: Staff, one_time_password: str) -> HttpResponse:
    # Shown in the answer to the POST and kept nowhere: reloading cannot bring it back.
    them.refresh_from_db()
    return _page(request, "one_time_password", them=them, one_time_password=one_time_password)


def _page(request: StaffRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context = {"now": clock.now(), "staff": request.staff, **context}
    return render(request, f"web/staff/{name}.html", context, status=status)
