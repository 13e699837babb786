"""Keys for programs: issuing, seeing, revoking."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

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
from daoda.records.accounts.models import ApiKey
from daoda.records.accounts.roles import Permission, Scope


@requires(Permission.API_KEYS_MANAGE)
@require_safe
def keys(request: StaffRequest) -> HttpResponse:
    """The shop's keys."""
    now = clock.now()
    rows = [
        (key, [forms.SCOPE_WORDS[Scope(scope)] for scope in key.scopes], _state(key, now))
        for key in queries.api_keys()
    ]
    context = {"rows": rows, "now": now, "staff": request.staff}
    return render(request, "web/staff/keys.html", context)


@requires(Permission.API_KEYS_MANAGE)
def new_key(request: StaffRequest) -> HttpResponse:
    """Issue a key; it is shown once."""
    form = forms.NewKey(request.POST if request.method == "POST" else None)
    now = clock.now()
    context = {"form": form, "now": now, "staff": request.staff}
    if request.method == "POST" and form.is_valid():
        issued = accounts.issue(
            shop_id=request.shop.pk,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            valid_for=timedelta(days=form.cleaned_data["valid_days"]),
            actor=request.staff.actor,
            now=now,
            issued_by=request.staff,
        )
        return render(
            request,
            "web/staff/key_issued.html",
            {**context, "key": issued.key, "token": issued.token},
        )
    status = 422 if form.errors else 200
    return render(request, "web/staff/new_key.html", context, status=status)


@requires(Permission.API_KEYS_MANAGE)
@require_POST
def revocation(request: StaffRequest, key_id: uuid.UUID) -> HttpResponse:
    """Revoke a key, for ever."""
    key: ApiKey = get_object_or_404(ApiKey.objects.all(), pk=key_id)
    accounts.revoke(key=key, actor=request.staff.actor, now=clock.now())
    messages.success(request, _("The key is revoked. What used it gets a refusal from now on."))
    return HttpResponseRedirect(reverse("staff:keys"))


def _state(key: ApiKey, now: datetime) -> str:
    """The mark shown beside the key."""
    if key.revoked_at:
        return "skipped"
    return "late" if key.expires_at <= now else "done"
