"""How a supplier is spoken to: its recipe, edited and tried before anything is bought."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from daoda.doors.web.operator.forms import suppliers as forms
from daoda.doors.web.operator.queries import trials
from daoda.doors.web.operator.views.page import done, show
from daoda.doors.web.operator.views.suppliers import the_supplier
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.kit.configs import ConfigProblem
from daoda.records.accounts.roles import Permission
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.adapters.base import NotOffered
from daoda.trade.suppliers.models import Supplier

_NUMBER = re.compile(r"[0-9a-f]{32}")


@requires(Permission.SUPPLIERS_EDIT)
@sensitive_post_parameters()
def trial(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Its requests as they would be sent, and two that may really be: balance and query."""
    row, asked = _spoken(supplier_id), None
    if request.method == "POST":
        asked = _ask(request, row)
    return _show(request, row, asked=asked)


@requires(Permission.SUPPLIERS_EDIT)
@sensitive_post_parameters()
def recipe(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Change a recipe, or check it without keeping it."""
    row = _spoken(supplier_id)
    if row.adapter != registry.RECIPE:
        raise Http404("it has no recipe")
    text = json.dumps(row.recipe, ensure_ascii=False, indent=2)
    form = forms.RecipeText(request.POST or None, initial={"recipe": text})
    calls: tuple[trials.Asked, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            calls = _checked(row, form.cleaned_data["recipe"])
            if "keep" in request.POST:
                _keep(request, row, form.cleaned_data["recipe"])
                href = reverse("desk:supplier_trial", args=[row.pk])
                return done(request, href, _("Kept. This is how it asks now."))
        except ConfigProblem as problem:
            form.add_error("recipe", f"{problem.setting}: {problem.problem}")
    return show(
        request, "supplier_recipe", row=row, form=form, calls=calls,
        status=422 if form.errors else 200,
    )  # fmt: skip


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def shipped_recipe(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Take the recipe that comes with this version in place of the present one."""
    row = _spoken(supplier_id)
    code = next(
        (
            code
            for code, found in registry.shipped().items()
            if found["title"] == row.recipe.get("title")
        ),
        None,
    )
    if code is None:
        raise Http404("no recipe of this name is shipped")
    _keep(request, row, registry.shipped()[code])
    href = reverse("desk:supplier_trial", args=[row.pk])
    return done(request, href, _("Kept. This is how it asks now."))


def _ask(request: StaffRequest, row: Supplier) -> trials.Asked:
    """A real call that buys nothing. The balance it finds is kept."""
    adapter, now = suppliers.adapter_of(row), clock.now()
    try:
        if request.POST.get("ask") == "query":
            number = request.POST.get("number", "").strip().lower()
            if not _NUMBER.fullmatch(number):
                return trials.Asked(
                    name=_("Ask about a purchase"), refused=_("A number has 32 characters 0-9a-f.")
                )
            return trials.ask_about(adapter, number=number, now=now)
        asked, fen = trials.ask_balance(adapter, now=now)
    except NotOffered as problem:
        return trials.Asked(name=_("Ask for the balance"), refused=str(problem))
    suppliers.note(supplier_id=row.pk, read=suppliers.Read(fen, asked.said, 0), now=clock.now())
    return asked


def _checked(row: Supplier, document: dict[str, Any]) -> tuple[trials.Asked, ...]:
    """What it would send by this recipe. Raises ConfigProblem."""
    adapter = suppliers.tried(supplier=row, recipe=document)
    return trials.dry_run(adapter, notify_url=_notify(row), now=clock.now())


def _keep(request: StaffRequest, row: Supplier, document: dict[str, Any]) -> None:
    form_terms = {
        name: getattr(row, name) for name in suppliers.Terms.__dataclass_fields__
    }  # the terms stay
    suppliers.change(
        supplier_id=row.pk,
        name=row.name,
        speech=suppliers.Speech(row.adapter, suppliers.settings_shown(row), document),
        terms=suppliers.Terms(**form_terms),
        actor=request.staff.actor,
        now=clock.now(),
    )


def _show(request: StaffRequest, row: Supplier, *, asked: trials.Asked | None) -> HttpResponse:
    now = clock.now()
    calls = trials.dry_run(suppliers.adapter_of(row), notify_url=_notify(row), now=now)
    return show(
        request, "supplier_trial", now=now, row=row, calls=calls, asked=asked,
        notify=_notify(row), by_recipe=row.adapter == registry.RECIPE,
    )  # fmt: skip


def _notify(row: Supplier) -> str:
    return f"{settings.DAODA.base_url.rstrip('/')}/inbound/supplier/{row.pk.hex}"


def _spoken(supplier_id: uuid.UUID) -> Supplier:
    row = the_supplier(supplier_id)
    if row.by_hand:
        raise Http404("people are not called")
    return row
