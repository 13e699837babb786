"""Channels: the ways to pay, set up without ever showing a secret."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.operator.forms import channels as forms
from daoda.doors.web.operator.queries import channels as shown
from daoda.doors.web.operator.queries import words
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.kit.configs import ConfigProblem
from daoda.records.accounts.roles import Permission
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries
from daoda.trade.payments.adapters.registry import SETTINGS
from daoda.trade.payments.models import Channel


@requires(Permission.CHANNELS_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Every channel, what it can do, and where it sends its notices."""
    return show(request, "channels", channels=shown.channels(), kinds=shown.kinds())


@requires(Permission.CHANNELS_EDIT)
@sensitive_post_parameters()
def new_channel(request: StaffRequest, adapter: str) -> HttpResponse:
    """Set up a channel; it is offered to buyers when it is switched on."""
    if adapter not in SETTINGS:
        raise Http404("no such adapter")
    form = forms.Configuration(
        request.POST if request.method == "POST" else None,
        adapter=adapter,
        initial={"title": words.of(forms.ADAPTERS, adapter)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            payments.configure(
                shop_id=request.shop.pk,
                code=_free_code(adapter),
                adapter=adapter,
                title=form.cleaned_data["title"],
                rank=form.cleaned_data["rank"],
                config=form.config,
                enabled=False,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except ConfigProblem as problem:
            form.refuse(problem)
        else:
            says = _("Set up. Give the channel its notify address, then switch it on.")
            return done(request, reverse("desk:channels"), says)
    name = words.of(forms.ADAPTERS, adapter)
    status = 422 if form.errors else 200
    return show(request, "channel", form=form, name=name, status=status)


@requires(Permission.CHANNELS_EDIT)
@sensitive_post_parameters()
def channel(request: StaffRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Change a channel; a secret left empty stays what it is."""
    row = _channel(channel_id)
    form = forms.Configuration(
        request.POST if request.method == "POST" else None,
        adapter=row.adapter,
        known=payments.settings_shown(row),
        initial={"title": row.title, "rank": row.rank},
    )
    if request.method == "POST" and form.is_valid():
        try:
            payments.configure(
                shop_id=row.shop_id,
                code=row.code,
                adapter=row.adapter,
                title=form.cleaned_data["title"],
                rank=form.cleaned_data["rank"],
                config=form.config,
                enabled=row.enabled,
                keep_secrets=True,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except ConfigProblem as problem:
            form.refuse(problem)
        else:
            return done(request, reverse("desk:channels"), _("Saved."))
    return show(
        request,
        "channel",
        channel=shown.shown(row),
        form=form,
        name=row.title,
        status=422 if form.errors else 200,
    )


@requires(Permission.CHANNELS_EDIT)
@require_POST
def offer(request: StaffRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Offer a channel to buyers."""
    return _switch(request, channel_id, enabled=True, says=_("Buyers can pay by it now."))


@requires(Permission.CHANNELS_EDIT)
@require_POST
def pause(request: StaffRequest, channel_id: uuid.UUID) -> HttpResponse:
    """Stop offering a channel; its notices are taken all the same."""
    says = _("No longer offered. Money that is on its way still arrives.")
    return _switch(request, channel_id, enabled=False, says=says)


def _switch(
    request: StaffRequest, channel_id: uuid.UUID, *, enabled: bool, says: str
) -> HttpResponse:
    _channel(channel_id)
    switched = payments.set_enabled(
        channel_id=channel_id, enabled=enabled, actor=request.staff.actor, now=clock.now()
    )
    href = reverse("desk:channels")
    return done(request, href, says) if switched else moved_on(request, href)


def _channel(channel_id: uuid.UUID) -> Channel:
    found = queries.one_channel(channel_id)
    if found is None:
        raise Http404("no such channel")
    return found


def _free_code(adapter: str) -> str:
    """The adapter's name for the first channel of its kind, a number behind it for others."""
    taken = {row.code for row in queries.every_channel()}
    numbered = (f"{adapter}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (adapter, *numbered) if code not in taken)
