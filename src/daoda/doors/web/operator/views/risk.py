"""Risk: the rules by which paid orders are looked at, tried before they are published."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daoda.delivery.risk import actions as risk
from daoda.delivery.risk import queries
from daoda.delivery.risk.models import Rule
from daoda.doors.web.operator.forms import risk as forms
from daoda.doors.web.operator.queries import risk as told
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog.models import Product
from daoda.trade.payments.models import Channel


@requires(Permission.RISK_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """The rules in force, and how often each was wrong."""
    now = clock.now()
    return show(request, "risk", now=now, lines=told.lines(request.shop.pk, now=now))


@requires(Permission.RISK_EDIT)
def new_rule(request: StaffRequest) -> HttpResponse:
    """A new rule, or the next version of one: tried on last month's orders, then published."""
    now = clock.now()
    if request.method != "POST":
        return _show(request, _form(initial=_begun(request.GET.get("from", ""))))
    form = _form(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    if "publish" not in request.POST:
        tried = queries.preview(request.shop.pk, form.conditions, now=now)
        return _show(request, form, tried=tried)
    risk.publish_rule(shop_id=request.shop.pk, terms=form.terms, actor=request.staff.actor, now=now)
    return done(request, reverse("desk:risk"), _("The rule is in force."))


@requires(Permission.RISK_EDIT)
@require_POST
def ending(request: StaffRequest, rule_id: uuid.UUID) -> HttpResponse:
    """The rule holds nobody any more."""
    if not Rule.objects.filter(pk=rule_id).exists():
        raise Http404("no such rule")
    href = reverse("desk:risk")
    did = risk.end_rule(rule_id=rule_id, actor=request.staff.actor, now=clock.now())
    return done(request, href, _("The rule has ended.")) if did else moved_on(request, href)


def _form(*args: object, **kwargs: object) -> forms.RuleForm:
    return forms.RuleForm(
        *args,
        channels=list(Channel.objects.order_by("rank", "id")),
        products=list(Product.objects.order_by("rank", "id")),
        **kwargs,
    )


def _begun(rule_id: str) -> dict[str, object]:
    """What stands in the form at first: the rule that is to be replaced."""
    try:
        rule = Rule.objects.filter(pk=uuid.UUID(rule_id)).first()
    except ValueError:
        return {}
    if rule is None:
        return {}
    return forms.typed_from(risk.Terms(rule.code, rule.title, rule.told, rule.conditions))


def _show(
    request: StaffRequest,
    form: forms.RuleForm,
    *,
    tried: queries.Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    return show(request, "risk_rule", form=form, tried=tried, status=status)
