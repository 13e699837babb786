"""Money: the books, what is owed back, and what the channels told."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.forms import orders as forms
from daoda.doors.web.operator.queries import facts, money, papers
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.records.journal import queries as journal
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries as paid
from daoda.trade.payments.models import Notice


@requires(Permission.MONEY_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Every account, and every refund owed."""
    return show(request, "money", books=money.books(request.shop.pk), refunds=money.refunds())


@requires(Permission.NOTICES_READ)
@require_safe
def notices(request: StaffRequest) -> HttpResponse:
    """What waits for a person; with ``?all=1`` the newest of all."""
    everything = request.GET.get("all") == "1"
    found = money.notices(waiting=not everything)
    return show(request, "notices", notices=found, everything=everything)


@requires(Permission.NOTICES_READ)
@require_safe
def notice(request: StaffRequest, notice_id: uuid.UUID) -> HttpResponse:
    """What a channel told us, masked, and what became of it."""
    return _show_notice(request, _notice(notice_id))


@requires(Permission.NOTICES_MATCH)
@require_POST
def finding(request: StaffRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Somebody has found out what an unmatched notice is."""
    row, form = _notice(notice_id), forms.Finding(request.POST)
    if not form.is_valid():
        return _show_notice(request, row, finding=form, status=422)
    matched = payments.match_notice(
        notice_id=notice_id,
        outcome=form.cleaned_data["outcome"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    href = reverse("desk:notice", args=[notice_id])
    if not matched:
        return moved_on(request, href)
    return done(request, href, _("Noted. Money that had arrived with it is owed back now."))


@requires(Permission.NOTICES_VOUCH)
@require_POST
def voucher(request: StaffRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Somebody has seen the money of a notice the channel would not confirm."""
    row, form = _notice(notice_id), forms.Voucher(request.POST)
    if not form.is_valid():
        return _show_notice(request, row, voucher=form, status=422)
    vouched = payments.vouch_for_notice(
        notice_id=notice_id,
        reason=form.cleaned_data["reason"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    href = reverse("desk:notice", args=[notice_id])
    if not vouched:
        return moved_on(request, href)
    return done(request, href, _("Taken at your word: the money is being booked."))


def _notice(notice_id: uuid.UUID) -> Notice:
    found = paid.one_notice(notice_id)
    if found is None:
        raise Http404("no such notice")
    return found


def _show_notice(
    request: StaffRequest,
    row: Notice,
    *,
    finding: forms.Finding | None = None,
    voucher: forms.Voucher | None = None,
    status: int = 200,
) -> HttpResponse:
    past = journal.history(row.pk)
    staff = staff_names([row.owner or "", *(fact.actor for fact in past)])
    return show(
        request,
        "notice",
        row=row,
        notice=papers.notice(row, staff=staff),
        order=paid.order_of_notice(row),
        told=facts.told(past, amount="", staff=staff),
        finding=finding or forms.Finding(),
        voucher=(voucher or forms.Voucher()) if paid.vouchable(row) else None,
        status=status,
    )
