"""Stock: the shelves, and lists of codes on their way to them."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from daoda.doors.web.operator.forms import stock as forms
from daoda.doors.web.operator.queries import stock as shelves
from daoda.doors.web.operator.views.page import done, moved_on, show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries
from daoda.trade.stock.models import Import, Quarantine

OF_VARIANT_MAX = 20


@requires(Permission.STOCK_READ)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Every shelf, the newest imports, and codes somebody has to look at."""
    now = clock.now()
    return show(
        request,
        "stock",
        now=now,
        shelves=shelves.shelves(),
        imports=shelves.shown(queries.imports(rows_max=8), now=now),
        inspections=list(queries.inspections()[:50]),
    )


@requires(Permission.STOCK_READ)
@require_safe
def of_variant(request: StaffRequest, variant_id: uuid.UUID) -> HttpResponse:
    """One shelf: what stands where, from when on one is warned, what was imported."""
    return _show_shelf(request, _variant(variant_id))


@requires(Permission.STOCK_IMPORT)
@require_POST
def threshold(request: StaffRequest, variant_id: uuid.UUID) -> HttpResponse:
    """From how few on one is warned."""
    variant, form = _variant(variant_id), forms.Threshold(request.POST)
    if not form.is_valid():
        return _show_shelf(request, variant, form, status=422)
    stock.set_low_threshold(
        variant_id=variant_id,
        low_threshold=form.cleaned_data["low_threshold"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    return done(request, reverse("desk:stock_of", args=[variant_id]), _("The warning is set."))


@requires(Permission.STOCK_REMOVE)
@require_POST
def verdict(request: StaffRequest, quarantine_id: uuid.UUID) -> HttpResponse:
    """What came of looking at a quarantined code: back to the shelf, or void."""
    if not Quarantine.objects.filter(pk=quarantine_id).exists():
        raise Http404("no such quarantine")
    form, href = forms.Verdict(request.POST), reverse("desk:stock")
    if not form.is_valid():
        return moved_on(request, href)
    try:
        ended = stock.end_quarantine(
            quarantine_id=quarantine_id,
            verdict=form.cleaned_data["verdict"],
            actor=request.staff.actor,
            now=clock.now(),
        )
    except ValueError:  # somebody has seen the code: it cannot be sold again
        return moved_on(request, href)
    return done(request, href, _("The inspection is ended.")) if ended else moved_on(request, href)


@requires(Permission.STOCK_READ)
@require_safe
def imports(request: StaffRequest) -> HttpResponse:
    """The newest imports."""
    now = clock.now()
    return show(request, "imports", now=now, imports=shelves.shown(queries.imports(), now=now))


@requires(Permission.STOCK_IMPORT)
@sensitive_post_parameters("text")
def new_import(request: StaffRequest) -> HttpResponse:
    """Send a list of codes; the worker reads it, and its page shows how far it is."""
    variants = shelves.takes_codes()
    if request.method != "POST":
        chosen = request.GET.get("variant", "")
        return _show_form(request, forms.Import(initial={"variant": chosen}, variants=variants))
    form = forms.Import(request.POST, request.FILES, variants=variants)
    if not form.is_valid():
        return _show_form(request, form, status=422)
    content, file = form.content, form.cleaned_data["file"]
    try:
        row = stock.begin_import(
            shop_id=request.shop.pk,
            variant_id=form.cleaned_data["variant"],
            content=content,
            layout=form.layout,
            mode=form.cleaned_data["mode"],
            source=file.name if file is not None else "",
            key=form.key_for(content),
            actor=request.staff.actor,
            now=clock.now(),
        )
    except (stock.ImportRefused, stock.ImportKeyReused) as refused:
        code = getattr(refused, "code", "key")
        form.add_error("file" if file is not None else "text", forms.REFUSALS[code])
        return _show_form(request, form, status=422)
    return HttpResponseRedirect(reverse("desk:import", args=[row.pk]))


@requires(Permission.STOCK_READ)
@require_safe
def one_import(request: StaffRequest, import_id: uuid.UUID) -> HttpResponse:
    """How far an import is, and its report line by line; it refreshes itself until it ends."""
    now = clock.now()
    (shown,) = shelves.shown([_import(import_id)], now=now)
    return show(request, "import", now=now, shown=shown)


@requires(Permission.STOCK_IMPORT)
@require_POST
def confirmation(request: StaffRequest, import_id: uuid.UUID) -> HttpResponse:
    """Bring the good lines in without the bad ones."""
    _import(import_id)
    href = reverse("desk:import", args=[import_id])
    if not stock.confirm_import(import_id=import_id, actor=request.staff.actor, now=clock.now()):
        return moved_on(request, href)
    return HttpResponseRedirect(href)


@requires(Permission.STOCK_IMPORT)
@require_POST
def abandonment(request: StaffRequest, import_id: uuid.UUID) -> HttpResponse:
    """Bring nothing in."""
    _import(import_id)
    href = reverse("desk:import", args=[import_id])
    if not stock.abandon_import(import_id=import_id, actor=request.staff.actor, now=clock.now()):
        return moved_on(request, href)
    return done(request, href, _("Nothing was imported; what was sent is deleted."))


def _variant(variant_id: uuid.UUID) -> Variant:
    rows = Variant.objects.select_related("product", "level").filter(product__kind="code")
    found: Variant | None = rows.filter(pk=variant_id).first()
    if found is None:
        raise Http404("no such shelf")
    return found


def _import(import_id: uuid.UUID) -> Import:
    found = queries.one_import(import_id)
    if found is None:
        raise Http404("no such import")
    return found


def _show_shelf(
    request: StaffRequest,
    variant: Variant,
    form: forms.Threshold | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    shelf = shelves.shelf(variant)
    rows = Import.objects.filter(variant=variant).select_related("variant__product")
    return show(
        request,
        "shelf",
        now=now,
        variant=variant,
        shelf=shelf,
        places=shelves.places(variant.pk),
        imports=shelves.shown(list(rows.order_by("-id")[:OF_VARIANT_MAX]), now=now),
        form=form or forms.Threshold(initial={"low_threshold": shelf.threshold}),
        status=status,
    )


def _show_form(request: StaffRequest, form: forms.Import, *, status: int = 200) -> HttpResponse:
    return show(request, "import_new", form=form, status=status)
