"""Refunds: the list, one refund's story, and what a person may do about it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.forms import refunds as forms
from daoda.doors.web.operator.queries import papers
from daoda.doors.web.operator.queries import refunds as told
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries as paid
from daoda.trade.payments.models import Refund
from daoda.trade.payments.rules.refunds import MACHINE


@requires(Permission.MONEY_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Refunds, the open ones or others, newest first."""
    part = request.GET.get("part", "open")
    if part not in told.PARTS:
        raise Http404("no such part")
    return show(
        request,
        "refunds",
        page=told.page(part, after=_uuid(request.GET.get("after", ""))),
        part=part,
        parts=[(name, str(title)) for name, (title, _states, _people) in told.PARTS.items()],
    )


@requires(Permission.MONEY_READ)
@require_safe
def refund(request: StaffRequest, refund_id: uuid.UUID) -> HttpResponse:
    """Money that goes back: from which receipt, why, by when, and everything done about it."""
    return _show(request, _refund(refund_id))


@requires(Permission.REFUNDS_PAY)
@require_POST
def confirmation(request: StaffRequest, refund_id: uuid.UUID) -> HttpResponse:
    """The money has gone back, under the channel's number."""
    row, form = _refund(refund_id), forms.Reference(request.POST)
    if not form.is_valid():
        return _show(request, row, reference=form, status=422)
    confirmed = payments.confirm_refund(
        refund_id=refund_id,
        reference=form.cleaned_data["reference"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    return _after(request, refund_id, confirmed, _("Booked: the money has gone back."))


@requires(Permission.REFUNDS_PAY)
@require_POST
def sending(request: StaffRequest, refund_id: uuid.UUID) -> HttpResponse:
    """The cause is corrected: send it once more, under the same number."""
    row, form = _refund(refund_id), forms.Again(request.POST)
    if not form.is_valid():
        return _show(request, row, again=form, status=422)
    sent = payments.retry_refund(
        refund_id=refund_id,
        reason=form.cleaned_data["reason"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    says = _("It is sent once more, under the same number and for the same amount.")
    return _after(request, refund_id, sent, says)


@requires(Permission.REFUNDS_PAY)
@require_POST
def question(request: StaffRequest, refund_id: uuid.UUID) -> HttpResponse:
    """Ask the channel now what became of it."""
    _refund(refund_id)
    asked = payments.ask_refund(refund_id=refund_id, now=clock.now())
    return _after(request, refund_id, asked, _("The channel is asked as soon as it allows."))


@requires(Permission.REFUNDS_PAY)
@require_POST
def payee(request: StaffRequest, refund_id: uuid.UUID) -> HttpResponse:
    """Show where the buyer wants it sent; that it was shown is a fact."""
    row = _refund(refund_id)
    shown = payments.show_payee(refund_id=refund_id, actor=request.staff.actor, now=clock.now())
    return _show(request, row, payee=shown or "")


def _after(request: StaffRequest, refund_id: uuid.UUID, moved: bool, says: str) -> HttpResponse:
    href = reverse("desk:refund", args=[refund_id])
    return done(request, href, says) if moved else moved_on(request, href)


def _refund(refund_id: uuid.UUID) -> Refund:
    found = paid.one_refund(refund_id)
    if found is None:
        raise Http404("no such refund")
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=text)
    except ValueError:
        return None


def _show(
    request: StaffRequest,
    row: Refund,
    *,
    reference: forms.Reference | None = None,
    again: forms.Again | None = None,
    payee: str = "",
    status: int = 200,
) -> HttpResponse:
    staff = staff_names([row.owner or ""])
    in_hands = row.state != "confirmed" and row.owner != MACHINE
    return show(
        request,
        "refund",
        row=row,
        refund=papers.refund(row, staff=staff),
        state=told.state(row),
        shape=told.shape(row),
        events=told.events(row),
        transfers=papers.transfers([row.receipt_id, row.pk]),
        reference=reference or forms.Reference(),
        again=(again or forms.Again()) if in_hands and row.state != "sent" else None,
        askable=row.state in ("sent", "unknown", "failed") and row.sent_at is not None,
        payee=payee,
        payee_given=bool(row.order) and paid.payee_given(row),
        status=status,
    )
