"""Offers: what a supplier sells for which of our variants."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from daoda.doors.web.operator.forms import suppliers as forms
from daoda.doors.web.operator.views.page import done, show
from daoda.doors.web.operator.views.suppliers import the_supplier
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog.models import Variant
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.models import Offer


@requires(Permission.SUPPLIERS_EDIT)
def new_offer(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Put goods of a supplier behind a variant of ours."""
    row = the_supplier(supplier_id)
    free = Variant.objects.exclude(
        pk__in=Offer.objects.filter(supplier=row).values("variant_id")
    ).select_related("product")
    form = forms.OfferForm(
        request.POST if request.method == "POST" else None,
        variants=free.order_by("product__title", "rank", "id"),
    )
    if request.method == "POST" and form.is_valid():
        return _put(request, row.pk, form.cleaned_data["variant"].pk, form)
    return show(
        request, "offer", form=form, row=row, name=_("New offer"),
        status=422 if form.errors else 200,
    )  # fmt: skip


@requires(Permission.SUPPLIERS_EDIT)
def offer(request: StaffRequest, offer_id: uuid.UUID) -> HttpResponse:
    """Change an offer."""
    found: Offer | None = (
        Offer.objects.select_related("supplier", "variant__product").filter(pk=offer_id).first()
    )
    if found is None:
        raise Http404("no such offer")
    form = forms.OfferForm(
        request.POST if request.method == "POST" else None, initial=forms.offer_of(found)
    )
    if request.method == "POST" and form.is_valid():
        return _put(request, found.supplier_id, found.variant_id, form)
    name = f"{found.variant.product.title} · {found.variant.title}"
    status = 422 if form.errors else 200
    return show(request, "offer", form=form, row=found.supplier, name=name, status=status)


def _put(
    request: StaffRequest, supplier_id: uuid.UUID, variant_id: uuid.UUID, form: forms.OfferForm
) -> HttpResponse:
    suppliers.put_offer(
        supplier_id=supplier_id,
        variant_id=variant_id,
        ask=form.ask,
        actor=request.staff.actor,
        now=clock.now(),
    )
    return done(request, reverse("desk:supplier", args=[supplier_id]), _("Saved."))
