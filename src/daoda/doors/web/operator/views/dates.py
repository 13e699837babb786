"""Date rules: how long a step of a product takes, tried out before it is published."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from daoda.doors.web.operator.forms import dates as forms
from daoda.doors.web.operator.forms import problems
from daoda.doors.web.operator.queries import catalog, words
from daoda.doors.web.operator.views.page import done, show
from daoda.doors.web.operator.views.products import the_product
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.records.promises import queries as promises
from daoda.records.promises.rules import Rule, parse_window
from daoda.trade.catalog import actions
from daoda.trade.catalog.models import Product


@requires(Permission.PROMISE_RULES_EDIT)
def dates(request: StaffRequest, product_id: uuid.UUID, node: str) -> HttpResponse:
    """The rule of a step, and what it promises; published, it counts from then on.

    Promises already made keep their dates.
    """
    row, rule = _rule(product_id, node)
    posted = request.method == "POST"
    length = forms.length(rule, request.POST if posted else None)
    rows = forms.rows(rule, request.POST if posted else None)
    if posted and length.is_valid() & rows.is_valid():
        try:
            version = actions.publish_date_rule(
                product_id=product_id,
                node=node,
                seconds=length.seconds,
                windows=forms.windows(rows),
                actor=request.staff.actor,
                now=clock.now(),
            )
        except actions.Refused as refused:
            problems.show(length, refused.problems)
        else:
            says = _("Version %(n)s counts from now on; dates already given stay.") % {"n": version}
            return done(request, reverse("desk:product", args=[product_id]), says)
    tried = rule if not posted else None
    return _show(request, row, node, length, rows, tried, status=422 if posted else 200)


@requires(Permission.PROMISE_RULES_EDIT)
@require_POST
def preview(request: StaffRequest, product_id: uuid.UUID, node: str) -> HttpResponse:
    """What the rule as typed would promise; nothing is kept."""
    row, rule = _rule(product_id, node)
    length, rows = forms.length(rule, request.POST), forms.rows(rule, request.POST)
    if not length.is_valid() & rows.is_valid():
        # htmx puts nothing into the page for a 4xx, and the old dates would stand there as true.
        status = 200 if request.htmx else 422
        return _show(request, row, node, length, rows, None, status=status)
    windows = tuple(parse_window(window) for window in forms.windows(rows))
    return _show(request, row, node, length, rows, Rule(node, length.seconds, windows, 0))


def _rule(product_id: uuid.UUID, node: str) -> tuple[Product, Rule]:
    row = the_product(product_id)
    if node not in catalog.dated_nodes(row):
        raise Http404("no such step of this product")
    return row, promises.rules_of(row.shop_id, now=clock.now()).rule(node, product_id)


def _show(
    request: StaffRequest,
    row: Product,
    node: str,
    length: forms.Length,
    rows: object,
    tried: Rule | None,
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    return show(
        request,
        "dates",
        now=now,
        product=row,
        node=node,
        name=words.of(words.NODES, node),
        length=length,
        rows=rows,
        reasons=[words.reason(code) for code in forms.REASONS],
        tries=catalog.tries(row, tried, now=now) if tried else (),
        status=status,
    )
