"""My orders, and adding one to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web import errors
from daoda.doors.web.account import queries
from daoda.doors.web.account.gate import BuyerRequest, signed_in
from daoda.doors.web.buyer import access, limits
from daoda.doors.web.buyer.forms import ByNumber, uuid_or_none
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock, ids
from daoda.trade.buyers import queries as buyers
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries as order_rows
from daoda.trade.orders.models import Order


@signed_in
@require_safe
def mine(request: BuyerRequest) -> HttpResponse:
    """The orders in my account: where each open one is, who has it, by when."""
    return _show(request, ByNumber())


@signed_in
@require_POST
def keeping(request: BuyerRequest) -> HttpResponse:
    """Add an order: one that is open before me, or one whose number and password I know."""
    if request.POST.get("by") == "number":
        return _by_number(request)
    order = access.order_of(request, request.POST.get("order", ""))
    if order is None:
        return errors.not_found(request)
    return _keep(request, order)


def _by_number(request: BuyerRequest) -> HttpResponse:
    form = ByNumber(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data["number"]
    wait_s = limits.finding(request, f"number:{ids.normalize_short_number(typed)}", now=clock.now())
    if wait_s:
        return errors.too_many(request, wait_s=wait_s)
    order = order_rows.by_number_and_password(typed, form.cleaned_data["password"])
    if order is None:
        return _show(request, form, trouble=_not_found(), status=404)
    return _keep(request, order)


def _keep(request: BuyerRequest, order: Order) -> HttpResponse:
    kept = orders.keep_for(
        order_id=order.pk, buyer_id=request.buyer.pk, actor=request.buyer.actor, now=clock.now()
    )
    number = {"number": ids.spoken(order.number)}
    if kept:
        access.forget(request, order)
        messages.success(request, _("Order %(number)s is in your orders.") % number)
    else:
        messages.error(
            request,
            _("Order %(number)s is in another account. Its link still opens it.") % number,
        )
    return HttpResponseRedirect(reverse("account:mine"))


def _not_found() -> Trouble:
    return Trouble(
        happened=_("No order fits what you typed"),
        safe=_("What you have paid is recorded and not lost."),
        do=_("Compare each character, or open the order by its link and keep it from there."),
    )


def _show(
    request: BuyerRequest, form: ByNumber, *, trouble: Trouble | None = None, status: int = 200
) -> HttpResponse:
    before = uuid_or_none(request.GET.get("before", ""))
    context = {
        "contact": buyers.contact(request.buyer),
        "mine": queries.mine(request.buyer, before=before),
        "later": before is not None,
        "by_number": form,
        "trouble": trouble,
        "now": clock.now(),
    }
    return render(request, "web/account/mine.html", context, status=status)
