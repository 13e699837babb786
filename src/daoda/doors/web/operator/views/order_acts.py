"""What staff do with an order: each act is a noun that is created, and one verb."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as delivered
from daoda.doors.web.operator.forms import orders as forms
from daoda.doors.web.operator.forms import refunds as refund_forms
from daoda.doors.web.operator.views.orders import show_order, the_order
from daoda.doors.web.operator.views.page import done, moved_on
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.records.persons import actions as persons
from daoda.trade.orders import actions as orders
from daoda.trade.payments import actions as payments
from daoda.trade.stock import actions as stock


@requires(Permission.ORDERS_HOLD)
@require_POST
def hold(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Stop an order for a review."""
    found, form = the_order(order_id), forms.Hold(request.POST, prefix="hold")
    if not form.is_valid():
        return show_order(request, found, filled={"hold": form}, status=422)
    held = orders.hold(
        order_id=order_id,
        reason=form.why,
        owner=f"department:{form.cleaned_data['department']}",
        actor=request.staff.actor,
        now=clock.now(),
    )
    return _after(request, order_id, held, _("The order is on hold; its buyer sees the reason."))


@requires(Permission.ORDERS_RELEASE)
@require_POST
def release(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Let a held order go on."""
    found, form = the_order(order_id), forms.Release(request.POST, prefix="release")
    if not form.is_valid():
        return show_order(request, found, filled={"release": form}, status=422)
    released = orders.release(
        order_id=order_id, reason=form.why, actor=request.staff.actor, now=clock.now()
    )
    return _after(request, order_id, released, _("The order goes on, under a new date."))


@requires(Permission.ORDERS_CANCEL)
@require_POST
def cancellation(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Call off an unpaid order."""
    the_order(order_id)
    cancelled = orders.cancel(order_id=order_id, actor=request.staff.actor, now=clock.now())
    return _after(request, order_id, cancelled, _("The order is cancelled; nothing was charged."))


@requires(Permission.ORDERS_DELIVER)
@require_POST
def delivery(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Say that a person has delivered, and what the buyer gets to read."""
    found, form = the_order(order_id), forms.Delivery(request.POST, prefix="delivery")
    if not form.is_valid():
        return show_order(request, found, filled={"delivery": form}, status=422)
    try:
        fulfilment.deliver_by_hand(
            order_id=order_id,
            text=form.cleaned_data["text"],
            actor=request.staff.actor,
            now=clock.now(),
        )
    except fulfilment.NotInHand:
        return _after(request, order_id, False, "")
    except persons.Erased:
        form.add_error("text", _("The buyer's details were erased: there is nobody to hand it to."))
        return show_order(request, found, filled={"delivery": form}, status=422)
    return _after(request, order_id, True, _("Delivered. The buyer can read it now."))


@requires(Permission.REFUNDS_OWE)
@require_POST
def refund(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Owe the buyer everything that came for the order."""
    found, form = the_order(order_id), forms.Refund(request.POST, prefix="refund")
    if not form.is_valid():
        return show_order(request, found, filled={"refund": form}, status=422)
    try:
        owed = payments.refund_order(
            order_id=order_id, reason=form.why, actor=request.staff.actor, now=clock.now()
        )
    except orders.AttemptOpen:
        form.add_error(None, _("A supplier may still deliver it; wait for its answer or cut-off."))
        return show_order(request, found, filled={"refund": form}, status=422)
    says = _("The refund is owed and dated; the channel is asked to send it.")
    return _after(request, order_id, owed, says)


@requires(Permission.REFUNDS_OWE)
@require_POST
def part(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Give back a part, or all, of what was paid for a delivered order."""
    found, form = the_order(order_id), refund_forms.Part(request.POST, prefix="part")
    if not form.is_valid():
        return show_order(request, found, filled={"part": form}, status=422)
    try:
        payments.refund_part(
            order_id=order_id,
            amount_fen=form.cleaned_data["amount"],
            reason=form.why,
            cause=form.cleaned_data["cause"].hex,
            actor=request.staff.actor,
            now=clock.now(),
        )
    except payments.NotGivenBack as refused:
        if refused.why == "not_delivered":
            return _after(request, order_id, False, "")
        form.too_much(refused.left_fen)
        return show_order(request, found, filled={"part": form}, status=422)
    return _after(request, order_id, True, _("The refund is owed and dated; it is being sent."))


@requires(Permission.CODES_REVEAL)
@require_POST
def reveal(request: StaffRequest, order_id: uuid.UUID, position: int) -> HttpResponse:
    """Show one delivered code; that it was shown is a fact from now on."""
    found = the_order(order_id)
    code_ids = delivered.codes_of(order_id)
    if not 1 <= position <= len(code_ids):
        raise Http404("no such code")
    try:
        text = stock.reveal(
            code_id=code_ids[position - 1], actor=request.staff.actor, now=clock.now()
        )
    except LookupError:  # it stands on the shelf again, as a new code
        return moved_on(request, reverse("desk:order", args=[order_id]))
    return show_order(request, found, revealed={position: text})


@requires(Permission.ORDERS_DELIVER)
@require_POST
def answers(request: StaffRequest, order_id: uuid.UUID) -> HttpResponse:
    """Show what the buyer typed in full, for whoever has to use it; that is a fact too."""
    found = the_order(order_id)
    orders.show_answers(order_id=order_id, actor=request.staff.actor, now=clock.now())
    return show_order(request, found, answers_shown=True)


def _after(request: StaffRequest, order_id: uuid.UUID, did: bool, says: str) -> HttpResponse:
    href = reverse("desk:order", args=[order_id])
    return done(request, href, says) if did else moved_on(request, href)
