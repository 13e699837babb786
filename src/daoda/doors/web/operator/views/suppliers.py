"""Suppliers: how each stands, its limits, its pauses and its maintenance."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.forms import suppliers as forms
from daoda.doors.web.operator.queries import facts, words
from daoda.doors.web.operator.queries import suppliers as shown
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.kit.configs import ConfigProblem
from daoda.records.accounts.roles import Permission
from daoda.records.journal import queries as journal
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.models import Supplier

TOLD_MAX = 30


@requires(Permission.SUPPLIERS_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Every supplier, those in trouble first."""
    now = clock.now()
    return show(request, "suppliers", now=now, lines=shown.lines(now=now), kinds=shown.kinds())


@requires(Permission.SUPPLIERS_READ)
@require_safe
def supplier(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """One supplier: its last day, limits, offers, and what happened to it."""
    return show_supplier(request, the_supplier(supplier_id))


@requires(Permission.SUPPLIERS_EDIT)
@sensitive_post_parameters()
def new_supplier(request: StaffRequest, kind: str) -> HttpResponse:
    """Set up a supplier, by an adapter of ours or a shipped recipe."""
    recipe = registry.shipped().get(kind)
    adapter = registry.RECIPE if recipe else kind
    if recipe is None and kind not in registry.ADAPTERS:
        raise Http404("no such adapter")
    name = str(recipe["title"]) if recipe else words.of(shown.ADAPTERS, kind)
    form = forms.Speech(
        request.POST if request.method == "POST" else None,
        asked=registry.settings(adapter, recipe=recipe),
        initial={"name": name},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = suppliers.create(
                shop_id=request.shop.pk,
                code=_free_code(kind.replace("_", "-")),
                name=form.cleaned_data["name"],
                speech=suppliers.Speech(adapter, form.config, recipe),
                terms=form.terms,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except ConfigProblem as problem:
            form.refuse(problem)
        else:
            says = _("Set up. Try it, then say what it sells.")
            return done(request, _href(made.pk), says)
    status = 422 if form.errors else 200
    return show(request, "supplier_settings", form=form, name=name, status=status)


@requires(Permission.SUPPLIERS_EDIT)
@sensitive_post_parameters()
def settings(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Change a supplier; a secret left empty stays what it is."""
    row = the_supplier(supplier_id)
    form = forms.Speech(
        request.POST if request.method == "POST" else None,
        asked=registry.settings(row.adapter, recipe=row.recipe),
        known=suppliers.settings_shown(row),
        initial=forms.terms_of(row),
    )
    if request.method == "POST" and form.is_valid():
        try:
            suppliers.change(
                supplier_id=row.pk,
                name=form.cleaned_data["name"],
                speech=suppliers.Speech(row.adapter, form.config),
                terms=form.terms,
                actor=request.staff.actor,
                now=clock.now(),
            )
        except ConfigProblem as problem:
            form.refuse(problem)
        else:
            return done(request, _href(row.pk), _("Saved."))
    status = 422 if form.errors else 200
    return show(request, "supplier_settings", form=form, row=row, name=row.name, status=status)


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def pause(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Buy nothing from it until a date; purchases under way are asked about as before."""
    row, form, now = the_supplier(supplier_id), forms.Pause(request.POST), clock.now()
    if not form.is_valid():
        return show_supplier(request, row, pausing=form, status=422)
    moved = suppliers.pause(
        supplier_id=row.pk,
        until=now + form.length,
        reason=form.cleaned_data["reason"],
        actor=request.staff.actor,
        now=now,
    )
    if not moved:
        return moved_on(request, _href(row.pk))
    return done(request, _href(row.pk), _("Paused. What is under way goes on."))


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def resume(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """Buy from it again, now."""
    row, form = the_supplier(supplier_id), forms.Resume(request.POST)
    if not form.is_valid():
        return show_supplier(request, row, resuming=form, status=422)
    moved = suppliers.resume(
        supplier_id=row.pk,
        reason=form.cleaned_data["reason"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    if not moved:
        return moved_on(request, _href(row.pk))
    return done(request, _href(row.pk), _("It is bought from again."))


@requires(Permission.SUPPLIERS_EDIT)
@require_POST
def windows(request: StaffRequest, supplier_id: uuid.UUID) -> HttpResponse:
    """When it rests every week; the dates of its products move by it."""
    row, form = the_supplier(supplier_id), forms.Windows(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                moved = suppliers.set_windows(
                    supplier_id=row.pk,
                    windows=form.cleaned_data["windows"],
                    actor=request.staff.actor,
                    now=clock.now(),
                )
        except ValueError:
            form.add_error("windows", _("These hours cannot be, or leave no time to work."))
        else:
            says = _("Saved. Dates of %(n)s products follow it from now on.") % {"n": moved}
            return done(request, _href(row.pk), says)
    return show_supplier(request, row, resting=form, status=422)


def show_supplier(
    request: StaffRequest, row: Supplier, *, status: int = 200, **bound: object
) -> HttpResponse:
    """The page of one supplier; ``bound`` are forms that were refused."""
    now = clock.now()
    can: tuple[tuple[str, bool], ...] = ()
    if not row.by_hand:
        can = shown.can(suppliers.adapter_of(row).capability)
    past = journal.history(row.pk)[-TOLD_MAX:][::-1]
    told = facts.told(past, amount="", staff=staff_names([fact.actor for fact in past]))
    context: dict[str, object] = {
        "row": row,
        "line": shown.one(row, now=now),
        "offers": shown.offers_of(row),
        "can": can,
        "told": told,
        "policy": words.of(shown.POLICIES, row.cut_off_policy),
        "rests": shown.windows_shown(row.windows),
        "pausing": forms.Pause(),
        "resuming": forms.Resume(),
        "resting": forms.Windows(initial={"windows": forms.windows_text(row.windows)}),
    }
    return show(request, "supplier", status=status, now=now, **context | bound)


def the_supplier(supplier_id: uuid.UUID) -> Supplier:
    found: Supplier | None = Supplier.objects.filter(pk=supplier_id).first()
    if found is None:
        raise Http404("no such supplier")
    return found


def _href(supplier_id: uuid.UUID) -> str:
    return reverse("desk:supplier", args=[supplier_id])


def _free_code(kind: str) -> str:
    """The kind's name for the first supplier of its kind, a number behind it for others."""
    taken = set(Supplier.objects.values_list("code", flat=True))
    numbered = (f"{kind}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (kind, *numbered) if code not in taken)
