"""Products: the list, and everything one of them says, asks and looks like."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.operator.forms import catalog as forms
from daoda.doors.web.operator.forms import fields as editor
from daoda.doors.web.operator.forms import problems
from daoda.doors.web.operator.queries import catalog
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog import actions
from daoda.trade.catalog.models import Category, Product
from daoda.trade.catalog.rules.pictures import PICTURE_BYTES_MAX


@requires(Permission.CATALOG_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Every product."""
    return show(request, "products", lines=catalog.lines())


@requires(Permission.CATALOG_EDIT)
def new_product(request: StaffRequest) -> HttpResponse:
    """A draft that nobody sees yet."""
    form = forms.NewProduct(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_product(
                shop_id=request.shop.pk,
                **form.cleaned_data,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            href = reverse("desk:product", args=[row.pk])
            return done(request, href, _("A draft is made. Give it a variant, then publish it."))
    return show(request, "product_new", form=form, status=422 if form.errors else 200)


@requires(Permission.CATALOG_READ)
@require_safe
def product(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """One product: what it says, its variants, its fields, its dates."""
    return show_product(request, the_product(product_id))


@requires(Permission.CATALOG_EDIT)
def details(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """Change what a product says; orders already placed keep what they were told."""
    row, posted = the_product(product_id), request.method == "POST"
    form = forms.Details(
        request.POST if posted else None,
        initial=forms.details_of(row),
        categories=list(Category.objects.order_by("rank", "id")),
    )
    if posted and form.is_valid():
        try:
            actions.change_product(
                product_id=product_id,
                changes=form.changes,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems, recipe="hands")
        else:
            return done(request, _href(product_id), _("Saved."))
    status = 422 if form.errors else 200
    return show(request, "product_details", product=row, form=form, status=status)


@requires(Permission.CATALOG_EDIT)
def fields(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """Change what a buyer must fill in; one empty row stands below for the next field."""
    row, posted = the_product(product_id), request.method == "POST"
    rows = editor.rows(row.fields, request.POST if posted else None)
    whole: list[str] = []
    if posted and rows.is_valid():
        wanted, kept = editor.definition(rows)
        try:
            actions.change_product(
                product_id=product_id,
                changes={"fields": wanted},
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            whole = editor.show(rows, kept, refused.problems)
        else:
            if "more" in request.POST:
                return HttpResponseRedirect(reverse("desk:fields", args=[product_id]))
            return done(request, _href(product_id), _("Saved."))
    status = 422 if posted else 200
    return show(request, "product_fields", product=row, rows=rows, problems=whole, status=status)


@requires(Permission.CATALOG_EDIT)
@require_POST
def publication(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """Put a product on the shelf."""
    row = the_product(product_id)
    try:
        published = actions.publish_product(
            product_id=product_id, actor=request.staff.actor, now=clock.now()
        )
    except actions.Refused as refused:
        told = [problems.words(code) for code in refused.problems.values()]
        return show_product(request, row, refused=told, status=422)
    if not published:
        return moved_on(request, _href(product_id))
    return done(request, _href(product_id), _("It is on sale now."))


@requires(Permission.CATALOG_EDIT)
@require_POST
def withdrawal(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """Take a product off the shelf; open orders go on."""
    the_product(product_id)
    if not actions.withdraw_product(
        product_id=product_id, actor=request.staff.actor, now=clock.now()
    ):
        return moved_on(request, _href(product_id))
    return done(request, _href(product_id), _("It is off sale; open orders go on."))


@requires(Permission.CATALOG_EDIT)
@require_POST
def picture(request: StaffRequest, product_id: uuid.UUID) -> HttpResponse:
    """Show another picture on the product."""
    row, form = the_product(product_id), forms.Picture(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["picture"]
        try:
            actions.set_picture(
                product_id=product_id,
                # One byte more than allowed is read, so that what is too big is seen to be so.
                upload=upload.read(PICTURE_BYTES_MAX + 1),
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, _href(product_id), _("The picture is shown now."))
    return show_product(request, row, picture_form=form, status=422)


def the_product(product_id: uuid.UUID) -> Product:
    """A product of this shop, or 404."""
    row = catalog.one(product_id)
    if row is None:
        raise Http404("no such product")
    return row


def show_product(
    request: StaffRequest, row: Product, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a product, with what was refused."""
    now = clock.now()
    context: dict[str, Any] = {
        "product": row,
        "picture": catalog.picture(row),
        "line": catalog.kind_words(row),
        "variants": catalog.variants(row),
        "fields": catalog.fields(row),
        "clocks": catalog.clocks(row, now=now),
        "picture_form": forms.Picture(),
        "now": now,
        **more,
    }
    return show(request, "product", status=status, **context)


def _href(product_id: uuid.UUID) -> str:
    return reverse("desk:product", args=[product_id])
