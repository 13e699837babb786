"""One's own account."""

from __future__ import annotations

from django.contrib import auth, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.staff import forms
from daoda.doors.web.staff.gate import StaffRequest, signed_in
from daoda.kit import clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries, throttles
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role

TRIES = 5
TRIES_PER_S = 300


@signed_in
@require_safe
def me(request: StaffRequest) -> HttpResponse:
    """Who I am here, and how I get in."""
    role = Role(request.staff.role)
    may_manage = Permission.STAFF_READ in ROLE_MAY[role]
    return render(
        request,
        "web/staff/me.html",
        {
            "now": clock.now(),
            "staff": request.staff,
            "role": forms.ROLE_WORDS[role],
            "duty": forms.ROLE_DUTIES[role],
            "codes_left": queries.recovery_codes_left(request.staff),
            "may_see_people": may_manage,
            "may_manage_keys": Permission.API_KEYS_MANAGE in ROLE_MAY[role],
        },
    )


@signed_in
@sensitive_post_parameters("present", "password", "again")
def password(request: StaffRequest) -> HttpResponse:
    """Another password; every other session of mine ends."""
    staff, now = request.staff, clock.now()
    form = forms.ChangePassword(request.POST if request.method == "POST" else None, staff=staff)
    if request.method == "POST":
        counted = throttles.hit(
            "staff_password", staff.pk.hex, limit=TRIES, per_s=TRIES_PER_S, now=now
        )
        if not counted.allowed:
            form = forms.ChangePassword(staff=staff)
            messages.error(request, _("Too many tries. The next one fits in a minute."))
        elif form.is_valid():
            accounts.set_password(staff=staff, password=form.cleaned_data["password"], now=now)
            auth.update_session_auth_hash(request, staff)
            messages.success(request, _("Your password is changed. Other sessions have ended."))
            return HttpResponseRedirect(reverse("staff:me"))
    context = {"form": form, "staff": staff, "now": now}
    status = 422 if form.errors else 200
    return render(request, "web/staff/password.html", context, status=status)


@signed_in
@require_POST
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """New recovery codes; those handed out before open nothing any more."""
    now = clock.now()
    codes = accounts.renew_recovery_codes(staff=request.staff, now=now)
    context = {"codes": codes, "go_on": reverse("staff:me"), "now": now}
    return render(request, "web/staff/recovery_codes.html", context)
