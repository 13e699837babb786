"""Rehearsals: a day chosen, played in a copy of the shop, and looked at before it comes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daoda.doors.web.operator.forms import rehearsals as forms
from daoda.doors.web.operator.queries import rehearsals as words
from daoda.doors.web.operator.views.page import show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.watch.rehearsals import actions, queries, rules
from daoda.watch.rehearsals.models import Rehearsal

SATURDAY = 5


@requires(Permission.REHEARSALS_RUN)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """The newest rehearsals."""
    now = clock.now()
    rows = words.shown(queries.newest(), now=now)
    return show(request, "rehearsals", now=now, rehearsals=rows)


@requires(Permission.REHEARSALS_RUN)
def new(request: StaffRequest) -> HttpResponse:
    """Choose a day: a preset or an earlier one to begin with, then by hand."""
    posted = request.method == "POST"
    chosen = request.GET.get("preset", "")
    wanted = forms.Wanted(
        _to_begin_with(request, chosen), variants=queries.on_sale(),
        data=request.POST if posted else None,
    )  # fmt: skip
    if not posted:
        name = forms.PRESETS.get(chosen)
        wanted.day.initial["name"] = str(name) if name else ""
        return _show_form(request, wanted, chosen)
    if not wanted.is_valid():
        return _show_form(request, wanted, chosen, status=422)
    try:
        row = actions.ask(
            shop_id=request.shop.pk,
            day=wanted.stored,
            name=wanted.day.cleaned_data["name"],
            actor=request.staff.actor,
            now=clock.now(),
        )
    except rules.BadDay as bad:
        wanted.show(bad.problems)
        return _show_form(request, wanted, chosen, status=422)
    except actions.TooManyOpen:
        wanted.whole.append(_("Several are in line already. Wait until one of them is played."))
        return _show_form(request, wanted, chosen, status=422)
    return HttpResponseRedirect(reverse("desk:rehearsal", args=[row.pk]))


@requires(Permission.REHEARSALS_RUN)
@require_safe
def rehearsal(request: StaffRequest, rehearsal_id: uuid.UUID) -> HttpResponse:
    """How far it is, or what came of it; it refreshes itself until it ends."""
    now = clock.now()
    row = _row(rehearsal_id)
    (shown,) = words.shown([row], now=now)
    told = words.told(row.outcome) if row.outcome else None
    return show(request, "rehearsal", now=now, shown=shown, told=told)


@requires(Permission.REHEARSALS_RUN)
@require_safe
def picture(request: StaffRequest, rehearsal_id: uuid.UUID) -> HttpResponse:
    """The picture by itself, as a file to keep or to print."""
    row = _row(rehearsal_id)
    if not row.outcome:
        raise Http404("no picture yet")
    context = {"told": words.told(row.outcome), "alone": True}
    drawn = render_to_string("web/operator/pieces/day_picture.svg.html", context)
    name = f"rehearsal-{row.day['date']}.svg"
    return HttpResponse(
        drawn,
        content_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _row(rehearsal_id: uuid.UUID) -> Rehearsal:
    found = queries.one(rehearsal_id)
    if found is None:
        raise Http404("no such rehearsal")
    return found


def _to_begin_with(request: StaffRequest, preset: str) -> dict[str, Any]:
    """An earlier day again, or a preset with what the last month ordered."""
    again = _again(request.GET.get("again", ""))
    if again is not None:
        return again
    now = clock.now()
    usual = queries.usual_mix(now=now)
    mix = [{"variant": one.hex, "share": share} for one, share in usual.items()]
    today = timezone.localtime(now).date()
    on = today + timedelta(days=(SATURDAY - today.weekday()) % 7 or 7)
    return rules.preset(preset if preset in rules.PRESETS else "quiet", on=on, mix=mix)


def _again(text: str) -> dict[str, Any] | None:
    try:
        found = queries.one(uuid.UUID(text))
    except ValueError:
        return None
    return dict(found.day) if found else None


def _show_form(
    request: StaffRequest, wanted: forms.Wanted, chosen: str, *, status: int = 200
) -> HttpResponse:
    return show(
        request,
        "rehearsal_new",
        wanted=wanted,
        form=wanted.day,
        presets=forms.PRESETS.items(),
        chosen=chosen,
        status=status,
    )
