"""The page of an order, and the acts on it: calling it off, codes shown, where money goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reselect, reswap, retarget

from daoda.care.compensation import actions as compensation
from daoda.doors.web import errors
from daoda.doors.web.buyer import access, limits
from daoda.doors.web.buyer.forms import Payee
from daoda.doors.web.buyer.queries import goods
from daoda.doors.web.buyer.queries import returns as money_back
from daoda.doors.web.buyer.queries.lateness import lateness
from daoda.doors.web.buyer.queries.questions import questions
from daoda.doors.web.buyer.queries.story import story
from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock, ids
from daoda.records.persons import actions as persons
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.stock import actions as stock


@never_cache
@require_safe
def order(request: ShopRequest, handle: str) -> HttpResponse:
    """Where the order is. Asked for by htmx, the same page without its frame."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    return show(request, found, now=clock.now())


@never_cache
@require_POST
def cancellation(request: ShopRequest, handle: str) -> HttpResponse:
    """Call off an unpaid order; one that was paid meanwhile goes on."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    now = clock.now()
    if orders.cancel(order_id=found.pk, actor=access.actor(request), now=now):
        # What she has open at a channel is closed there, so that she cannot pay by mistake.
        payments.ask_soon(order_id=found.pk, sign="cancelled", now=now)
    return HttpResponseRedirect(access.href(found))


@never_cache
@require_POST
def choice(request: ShopRequest, handle: str) -> HttpResponse:
    """The buyer of a late order keeps waiting, or wants her money back."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    chosen, now = request.POST.get("choice", ""), clock.now()
    if chosen in compensation.CHOICES:
        compensation.choose(order_id=found.pk, choice=chosen, actor=access.actor(request), now=now)
    return HttpResponseRedirect(access.href(found))


@never_cache
@require_POST
def payee(request: ShopRequest, handle: str) -> HttpResponse:
    """Say where money is to be sent that cannot go back the way it came."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    now, form = clock.now(), Payee(request.POST)
    if not form.is_valid():
        return show(request, found, now=now, payee=form, status=422)
    try:
        payments.give_payee(
            order=found, text=form.cleaned_data["payee"], actor=access.actor(request), now=now
        )
    except persons.Erased:
        return errors.not_found(request)
    return HttpResponseRedirect(access.href(found))


@never_cache
@require_POST
def reveal(request: ShopRequest, handle: str, position: int) -> HttpResponse:
    """Show one code of a delivered order; every showing is on record."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    return _reveal(request, found, goods.codes_of(found)[position - 1 : position])


@never_cache
@require_POST
def reveal_all(request: ShopRequest, handle: str) -> HttpResponse:
    """Show every code of a delivered order; every showing is on record."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    return _reveal(request, found, goods.codes_of(found))


def _reveal(request: ShopRequest, found: Order, code_ids: list[UUID]) -> HttpResponse:
    now = clock.now()
    wait_s = limits.revealing(request, now=now)
    if wait_s:
        return _told(request, show(request, found, now=now, trouble=errors.too_often(wait_s)))
    if not code_ids:
        return errors.not_found(request)
    texts = stock.reveal_many(code_ids=code_ids, actor=access.actor(request), now=now)
    return show(request, found, now=now, revealed=texts)


def _told(request: ShopRequest, page: HttpResponse) -> HttpResponse:
    """A refusal in place of what was asked for; htmx drops a 429, so it gets the whole order."""
    if not request.htmx:
        page.status_code = 429
        return page
    return retarget(reselect(reswap(page, "outerHTML"), "#order"), "#order")


def show(
    request: ShopRequest,
    found: Order,
    *,
    now: datetime,
    revealed: Mapping[UUID, str] | None = None,
    trouble: Trouble | None = None,
    payee: Payee | None = None,
    status: int = 200,
) -> HttpResponse:
    """The order page of someone who may see it."""
    page = story(found, href=access.href(found), live_href=access.live_href(found), now=now)
    context = {
        "story": page,
        "goods": goods.goods(found, revealed=revealed or {}),
        "late": lateness(found, now=now),
        "returns": money_back.returns(found, now=now),
        "questions": questions(found, now=now),
        "claim_href": reverse("buyer:claim", args=[access.handle(found)]),
        "payee": payee or Payee() if money_back.asks_payee(found) else None,
        "payee_known": money_back.payee_known(found),
        "keep": access.handle(found) if access.keepable(request, found) else "",
        "trouble": trouble,
        "now": now,
    }
    return render(request, "web/buyer/order.html", context, status=status)


def not_yours(request: ShopRequest, handle: str) -> HttpResponse:
    """A number asks for its password, existing or not; a broken link says that it is broken."""
    number = ids.normalize_short_number(handle)
    if number is not None:
        query = urlencode({"number": ids.spoken(number)})
        return HttpResponseRedirect(f"{reverse('buyer:find')}?{query}")
    trouble = Trouble(
        happened=_("This link does not open an order"),
        safe=_("What you have paid is recorded and not lost."),
        do=_("The link may be cut off. An order is found by its number or by your bill."),
    )
    return errors.page(request, trouble, status=404)
