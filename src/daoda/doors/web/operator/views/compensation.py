"""Compensation: policies tried on last month before they are in force, and what needs a word."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.care.compensation import actions as compensation
from daoda.care.compensation import queries
from daoda.care.compensation.models import Case, Policy
from daoda.doors.web.operator.forms import compensation as forms
from daoda.doors.web.operator.queries import compensation as told
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog.models import Product


@requires(Permission.COMPENSATION_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """What waits for a word, and the policies in force."""
    now = clock.now()
    return show(
        request,
        "compensation",
        now=now,
        waiting=told.waiting(now=now),
        lines=told.lines(request.shop.pk),
        declining=forms.Declining(),
    )


@requires(Permission.COMPENSATION_EDIT)
def new_policy(request: StaffRequest) -> HttpResponse:
    """A new policy, or the next version of one: tried on last month's orders, then published."""
    now = clock.now()
    if request.method != "POST":
        return _show(request, _form(initial=_begun(request.GET.get("from", ""))))
    form = _form(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    if "publish" not in request.POST:
        cap_fen = form.terms.cap_order_fen
        tried = queries.preview(request.shop.pk, form.steps, cap_order_fen=cap_fen, now=now)
        return _show(request, form, tried=tried)
    compensation.publish_policy(
        shop_id=request.shop.pk, terms=form.terms, actor=request.staff.actor, now=now
    )
    return done(request, reverse("desk:compensation"), _("The policy is in force."))


@requires(Permission.COMPENSATION_EDIT)
@require_POST
def ending(request: StaffRequest, policy_id: uuid.UUID) -> HttpResponse:
    """No case begins with the policy any more."""
    if not Policy.objects.filter(pk=policy_id).exists():
        raise Http404("no such policy")
    href, now = reverse("desk:compensation"), clock.now()
    did = compensation.end_policy(policy_id=policy_id, actor=request.staff.actor, now=now)
    return done(request, href, _("The policy has ended.")) if did else moved_on(request, href)


@requires(Permission.COMPENSATION_APPROVE)
@require_POST
def approval(request: StaffRequest, case_id: uuid.UUID) -> HttpResponse:
    """The step that waits is done."""
    _case(case_id)
    href, now = reverse("desk:compensation"), clock.now()
    did = compensation.approve(case_id=case_id, actor=request.staff.actor, now=now)
    return done(request, href, _("Approved, and done.")) if did else moved_on(request, href)


@requires(Permission.COMPENSATION_APPROVE)
@require_POST
def refusal(request: StaffRequest, case_id: uuid.UUID) -> HttpResponse:
    """The step that waits is not taken."""
    _case(case_id)
    form, href = forms.Declining(request.POST), reverse("desk:compensation")
    if not form.is_valid():
        return moved_on(request, href)
    did = compensation.decline(
        case_id=case_id,
        reason=form.cleaned_data["reason"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    return done(request, href, _("Declined.")) if did else moved_on(request, href)


def _case(case_id: uuid.UUID) -> None:
    if not Case.objects.filter(pk=case_id).exists():
        raise Http404("no such case")


def _form(*args: Any, **kwargs: Any) -> forms.PolicyForm:
    return forms.PolicyForm(*args, products=list(Product.objects.order_by("rank", "id")), **kwargs)


def _begun(policy_id: str) -> dict[str, Any]:
    """What stands in the form at first: the policy that is to be replaced."""
    try:
        policy = Policy.objects.filter(pk=uuid.UUID(policy_id)).first()
    except ValueError:
        return {}
    return forms.typed_from(policy) if policy else {}


def _show(
    request: StaffRequest,
    form: forms.PolicyForm,
    *,
    tried: queries.Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    return show(request, "compensation_policy", form=form, tried=tried, status=status)
