"""Finding an order again: by its number and password, or by the payment app's bill."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from daoda.doors.web import errors
from daoda.doors.web.buyer import access, limits
from daoda.doors.web.buyer.forms import ByBill, ByNumber
from daoda.doors.web.buyer.queries.story import glance
from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock, ids
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import queries as payments


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: ShopRequest) -> HttpResponse:
    """Both ways on one page; what fails looks the same whatever was wrong."""
    if request.method != "POST":
        return _show(request, ByNumber(initial={"number": request.GET.get("number", "")}))
    if request.POST.get("by") == "bill":
        return _by_bill(request)
    return _by_number(request)


def _by_number(request: ShopRequest) -> HttpResponse:
    form = ByNumber(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data["number"]
    wait_s = limits.finding(request, f"number:{ids.normalize_short_number(typed)}", now=clock.now())
    if wait_s:
        return _show(request, form, trouble=errors.too_often(wait_s), wait_s=wait_s, status=429)
    order = orders.by_number_and_password(typed, form.cleaned_data["password"])
    if order is None:
        return _show(request, form, trouble=_not_found(), status=404)
    return _open(request, order)


def _by_bill(request: ShopRequest) -> HttpResponse:
    form = ByBill(request.POST)
    if not form.is_valid():
        return _show(request, bill=form, status=422)
    bill = form.cleaned_data["bill"]
    wait_s = limits.finding(request, f"bill:{bill}", now=clock.now())
    if wait_s:
        trouble = errors.too_often(wait_s)
        return _show(request, bill=form, trouble=trouble, wait_s=wait_s, status=429)
    order_id = payments.order_of_bill(bill, form.cleaned_data["payer"])
    order = orders.get(order_id) if order_id else None
    if order is None:
        return _show(request, bill=form, trouble=_not_found(), status=404)
    return _open(request, order)


def _open(request: ShopRequest, order: Order) -> HttpResponse:
    access.remember(request, order)
    return HttpResponseRedirect(access.href(order))


def _not_found() -> Trouble:
    return Trouble(
        happened=_("No order fits what you typed"),
        safe=_("What you have paid is recorded and not lost."),
        do=_("Compare each character, or try the other way below."),
    )


def _show(
    request: ShopRequest,
    number: ByNumber | None = None,
    *,
    bill: ByBill | None = None,
    trouble: Trouble | None = None,
    wait_s: int = 0,
    status: int = 200,
) -> HttpResponse:
    context = {
        "by_number": number or ByNumber(),
        "by_bill": bill or ByBill(),
        "seen": [glance(order, href=access.href(order)) for order in access.seen(request)],
        "trouble": trouble,
        "now": clock.now(),
    }
    response = render(request, "web/buyer/find.html", context, status=status)
    if wait_s:
        response["Retry-After"] = str(wait_s)
    return response
