"""Variants and their prices."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from daoda.doors.web.operator.forms import catalog as forms
from daoda.doors.web.operator.forms import problems
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.operator.views.products import the_product
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog import actions
from daoda.trade.catalog.models import Variant
from daoda.trade.catalog.rules import Step


@requires(Permission.CATALOG_EDIT)
def new_variant(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """A new variant with its prices, offered as soon as its product is."""
    row, posted = the_product(product_id), request.method == "POST"
    form = forms.VariantForm(request.POST if posted else None)
    rows = forms.step_rows(None, request.POST if posted else None)
    if posted and form.is_valid() & rows.is_valid():
        now, actor = clock.now(), request.staff.actor
        try:
            with transaction.atomic():
                variant = actions.create_variant(
                    product_id=product_id, **form.cleaned_data, actor=actor, now=now
                )
                if steps := forms.steps_of(rows):
                    actions.set_steps(variant_id=variant.pk, steps=steps, actor=actor, now=now)
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, _of(product_id), _("The variant is made."))
    status = 422 if posted else 200
    return show(request, "variant", product=row, form=form, rows=rows, status=status)


@requires(Permission.CATALOG_EDIT)
def variant(request: StaffRequest, variant_id: uuid.UUID) -> HttpResponse:
    """Change title and prices; orders already placed keep their price."""
    row, posted = _variant(variant_id), request.method == "POST"
    known = {name: getattr(row, name) for name in forms.VariantForm.base_fields}
    form = forms.VariantForm(request.POST if posted else None, initial=known)
    rows = forms.step_rows(row, request.POST if posted else None)
    if posted and form.is_valid() & rows.is_valid():
        now, actor = clock.now(), request.staff.actor
        try:
            with transaction.atomic():
                _reprice(row, form, rows, actor=actor, now=now)
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, _of(row.product_id), _("Saved. Orders placed keep their price."))
    status = 422 if posted else 200
    return show(
        request, "variant", product=row.product, variant=row, form=form, rows=rows, status=status
    )


@requires(Permission.CATALOG_EDIT)
@require_POST
def publication(request: StaffRequest, variant_id: uuid.UUID) -> HttpResponse:
    """Offer a variant."""
    row = _variant(variant_id)
    did = actions.publish_variant(variant_id=variant_id, actor=request.staff.actor, now=clock.now())
    href = _of(row.product_id)
    return done(request, href, _("The variant is offered.")) if did else moved_on(request, href)


@requires(Permission.CATALOG_EDIT)
@require_POST
def withdrawal(request: StaffRequest, variant_id: uuid.UUID) -> HttpResponse:
    """Stop offering a variant."""
    row = _variant(variant_id)
    did = actions.withdraw_variant(
        variant_id=variant_id, actor=request.staff.actor, now=clock.now()
    )
    href = _of(row.product_id)
    return done(request, href, _("No longer offered.")) if did else moved_on(request, href)


def _reprice(
    row: Variant, form: forms.VariantForm, rows: Any, *, actor: str, now: datetime
) -> None:
    """Title, price and steps in one go: the steps are taken off while the price moves, because
    either alone may make a table that cannot be."""
    steps = forms.steps_of(rows)
    before = [Step(step.min_quantity, step.unit_price_fen) for step in row.steps.all()]
    if before and (steps != before or form.cleaned_data["price_fen"] != row.price_fen):
        actions.set_steps(variant_id=row.pk, steps=(), actor=actor, now=now)
        before = []
    actions.change_variant(variant_id=row.pk, changes=form.cleaned_data, actor=actor, now=now)
    if steps != before:
        actions.set_steps(variant_id=row.pk, steps=steps, actor=actor, now=now)


def _variant(variant_id: uuid.UUID) -> Variant:
    rows = Variant.objects.select_related("product").prefetch_related("steps")
    found: Variant | None = rows.filter(pk=variant_id).first()
    if found is None:
        raise Http404("no such variant")
    return found


def _of(product_id: uuid.UUID) -> str:
    return reverse("desk:product", args=[product_id])
