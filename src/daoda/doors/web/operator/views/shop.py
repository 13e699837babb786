"""The shop itself: its name, its look, its legal lines."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from daoda.doors.web.operator import actions
from daoda.doors.web.operator.forms import problems
from daoda.doors.web.operator.forms import shop as forms
from daoda.doors.web.operator.views.page import done, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog.rules.pictures import PICTURE_BYTES_MAX


@requires(Permission.SHOP_EDIT)
def shop(request: StaffRequest) -> HttpResponse:
    """What every page of the shop says and looks like."""
    known = {name: getattr(request.shop, name) for name in forms.ShopSettings.base_fields}
    form = forms.ShopSettings(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.configure_shop(
                shop_id=request.shop.pk,
                changes=form.cleaned_data,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, reverse("desk:shop"), _("Saved. Every page shows it now."))
    status = 422 if form.errors else 200
    return show(request, "shop", form=form, logo_form=forms.Logo(), status=status)


@requires(Permission.SHOP_EDIT)
@require_POST
def logo(request: StaffRequest) -> HttpResponse:
    """Another logo, or none."""
    form = forms.Logo(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = form.cleaned_data["logo"]
            address = ""
            if upload:
                content = upload.read(PICTURE_BYTES_MAX + 1)
                address = actions.store_logo(shop_id=request.shop.pk, upload=content)
            actions.configure_shop(
                shop_id=request.shop.pk,
                changes={"logo": address},
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, reverse("desk:shop"), _("Saved. Every page shows it now."))
    known = {name: getattr(request.shop, name) for name in forms.ShopSettings.base_fields}
    settings = forms.ShopSettings(initial=known)
    return show(request, "shop", form=settings, logo_form=form, status=422)
