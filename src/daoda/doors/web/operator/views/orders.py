"""Orders: the list with its search, and one order's whole story."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from daoda.doors.web.operator.forms import orders as forms
from daoda.doors.web.operator.forms import refunds as refund_forms
from daoda.doors.web.operator.queries import orders as listed
from daoda.doors.web.operator.queries import rights
from daoda.doors.web.operator.queries.story import story
from daoda.doors.web.operator.views.page import show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import HOLDABLE, REFUNDABLE

WISHED = ("state", "node", "late", "after")


@requires(Permission.ORDERS_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """The orders, all or some of them; a search that finds one order opens it."""
    now = clock.now()
    form = forms.Find(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    if asked.get("q"):
        return _found(request, form, asked["q"])
    wish = listed.Wish(**{name: asked[name] for name in WISHED if asked.get(name)})
    shown = listed.page(wish, now=now)
    more = request.GET.copy()
    more["after"] = shown.after
    parts = listed.parts(wish)
    return show(
        request,
        "orders",
        now=now,
        form=form,
        lines=shown.lines,
        more=f"?{more.urlencode()}" if shown.after else "",
        begun=not wish.after,
        parts=parts,
        combined=not any(part.here for part in parts),
        narrowed=bool(wish.state or wish.node or wish.late),
    )


def _found(request: StaffRequest, form: forms.Find, text: str) -> HttpResponse:
    with_contact = Permission.CONTACTS_READ in rights.of(request.staff)
    found = listed.find(text, with_contact=with_contact)
    if len(found) == 1:
        return HttpResponseRedirect(reverse("desk:order", args=[found[0].pk]))
    now = clock.now()
    return show(
        request,
        "orders",
        now=now,
        form=form,
        lines=listed.lines(found, now=now),
        parts=listed.parts(None),
        searched=text,
        with_contact=with_contact,
    )


@requires(Permission.ORDERS_READ)
@require_safe
def order(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """One order's whole story, and what may be done with it."""
    return show_order(request, the_order(order_id))


def the_order(order_id: uuid.UUID) -> Order:
    """An order of this shop, or 404."""
    found = orders.get(order_id)
    if found is None:
        raise Http404("no such order")
    return found


def show_order(
    request: StaffRequest,
    found: Order,
    *,
    filled: Mapping[str, django_forms.Form] | None = None,
    revealed: Mapping[int, str] | None = None,
    answers_shown: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of an order; ``filled`` are the forms of acts that were refused, by name."""
    now = clock.now()
    may = rights.of(request.staff)
    told = story(found, may=may, now=now, revealed=revealed, answers_shown=answers_shown)
    return show(
        request,
        "order",
        now=now,
        story=told,
        acts=_acts(found, may, filled or {}),
        status=status,
    )


def _acts(
    found: Order, may: frozenset[Permission], filled: Mapping[str, django_forms.Form]
) -> dict[str, Any]:
    """The acts open now to this person, each with its form (True for one without)."""
    acts: dict[str, Any] = {}
    if found.state == "in_hand" and Permission.ORDERS_DELIVER in may:
        acts["delivery"] = filled.get("delivery") or forms.Delivery(prefix="delivery")
    if found.state == "held" and Permission.ORDERS_RELEASE in may:
        acts["release"] = filled.get("release") or forms.Release(prefix="release")
    if found.state in HOLDABLE and Permission.ORDERS_HOLD in may:
        acts["hold"] = filled.get("hold") or forms.Hold(prefix="hold")
    if found.state in REFUNDABLE and found.paid_at and Permission.REFUNDS_OWE in may:
        acts["refund"] = filled.get("refund") or forms.Refund(prefix="refund")
    if found.state == "delivered" and Permission.REFUNDS_OWE in may:
        acts["part"] = filled.get("part") or refund_forms.Part(prefix="part")
    if found.state == "awaiting_payment" and Permission.ORDERS_CANCEL in may:
        acts["cancellation"] = True
    return acts
