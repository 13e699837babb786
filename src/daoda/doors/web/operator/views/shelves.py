"""Categories and coupons."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.operator.forms import catalog as forms
from daoda.doors.web.operator.forms import problems
from daoda.doors.web.operator.queries import catalog
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog import actions
from daoda.trade.catalog.models import Category, Coupon, Product


@requires(Permission.CATALOG_READ)
@require_safe
def categories(request: StaffRequest) -> HttpResponse:
    """The shelves of the shop, in their order."""
    rows = [
        (row, row.products.count())
        for row in Category.objects.prefetch_related("products").order_by("rank", "id")
    ]
    return show(request, "categories", rows=rows)


@requires(Permission.CATALOG_EDIT)
def new_category(request: StaffRequest) -> HttpResponse:
    """A new shelf."""
    form = forms.Shelf(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_category(
                shop_id=request.shop.pk,
                **form.cleaned_data,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, reverse("desk:categories"), _("The category is made."))
    return show(request, "category", form=form, status=422 if form.errors else 200)


@requires(Permission.CATALOG_EDIT)
def category(request: StaffRequest, category_id: uuid.UUID) -> HttpResponse:
    """Change a shelf."""
    row = Category.objects.filter(pk=category_id).first()
    if row is None:
        raise Http404("no such category")
    known = {"title": row.title, "slug": row.slug, "rank": row.rank}
    form = forms.Shelf(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_category(
                category_id=category_id,
                changes=form.cleaned_data,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, reverse("desk:categories"), _("Saved."))
    status = 422 if form.errors else 200
    return show(request, "category", category=row, form=form, status=status)


@requires(Permission.CATALOG_READ)
@require_safe
def coupons(request: StaffRequest) -> HttpResponse:
    """Coupons, the usable ones first."""
    now = clock.now()
    rows = [(row, *catalog.coupon_state(row, now=now)) for row in catalog.coupons()]
    return show(request, "coupons", now=now, rows=rows)


@requires(Permission.CATALOG_EDIT)
def new_coupon(request: StaffRequest) -> HttpResponse:
    """A new coupon, usable at once or from its beginning."""
    products = list(Product.objects.order_by("rank", "id"))
    form = forms.CouponForm(request.POST if request.method == "POST" else None, products=products)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_coupon(
                shop_id=request.shop.pk,
                **form.terms,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(form, refused.problems)
        else:
            return done(request, reverse("desk:coupons"), _("The coupon is made."))
    return show(request, "coupon_new", form=form, status=422 if form.errors else 200)


@requires(Permission.CATALOG_EDIT)
@require_POST
def coupon_withdrawal(request: StaffRequest, coupon_id: uuid.UUID) -> HttpResponse:
    """No order can use it from now on."""
    if not Coupon.objects.filter(pk=coupon_id).exists():
        raise Http404("no such coupon")
    did = actions.withdraw_coupon(coupon_id=coupon_id, actor=request.staff.actor, now=clock.now())
    href = reverse("desk:coupons")
    return done(request, href, _("The coupon is withdrawn.")) if did else moved_on(request, href)
