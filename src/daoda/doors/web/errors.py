"""Pages for what went wrong: what happened, what is not lost, what to do, a number to quote."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from daoda.doors.web import moments
from daoda.doors.web.pieces import Trouble
from daoda.kit import ids

log = structlog.get_logger(__name__)


def page(request: HttpRequest, trouble: Trouble, *, status: int) -> HttpResponse:
    """Trouble as a page of its own."""
    template = "web/operator/trouble.html" if at_work(request) else "web/errors/error.html"
    return render(request, template, {"trouble": trouble}, status=status)


def at_work(request: HttpRequest) -> bool:
    """Whether the gate has let somebody of the staff in: then a trouble keeps the desk around it
    and speaks of work, not of an order."""
    return getattr(request, "staff", None) is not None


def too_many(request: HttpRequest, *, wait_s: int) -> HttpResponse:
    """429: tried too often, and when the next try counts."""
    response = page(request, too_often(wait_s), status=429)
    response["Retry-After"] = str(wait_s)
    return response


def too_often(wait_s: int) -> Trouble:
    """The words of 429."""
    return Trouble(
        happened=_("Too many tries from here"),
        safe=_("Your orders and payments are not affected."),
        do=_("Try again in %(span)s.") % {"span": moments.seconds_span(wait_s)},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what arrived could not be read."""
    log.info("request_unreadable", problem=type(exception).__name__)
    trouble = Trouble(
        happened=_("What your browser sent could not be read"),
        safe=_("Nothing was changed and nothing was charged."),
        do=_("Go back, reload the page and try once more."),
        number=_reference(),
    )
    return page(request, trouble, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not theirs to open."""
    log.info("request_forbidden", path=request.path, problem=str(exception))
    trouble = Trouble(
        happened=_("This page is not open to you"),
        safe=_("Your orders are not affected."),
        do=_("If it is your order, find it by its number or your bill."),
    )
    if at_work(request):
        do = _("Your role does not include it. An operator of the shop can change roles.")
        trouble = Trouble(happened=trouble.happened, do=do)
    return page(request, trouble, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not ours or is too old."""
    log.info("csrf_refused", reason=reason)
    trouble = Trouble(
        happened=_("This form was open for too long"),
        safe=_("Nothing was changed and nothing was charged."),
        do=_("Go back, reload the page and send it again. Cookies must be allowed."),
    )
    return page(request, trouble, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, with the ways that lead to an order."""
    log.debug("page_missing", problem=type(exception).__name__)
    trouble = Trouble(
        happened=_("There is no such page"),
        safe=_("Your orders are not affected."),
        do=_("The link may be cut off. An order is found by its number or by your bill."),
    )
    if at_work(request):
        do = _("The link may be cut off, or what it names is not of this shop.")
        trouble = Trouble(happened=trouble.happened, do=do)
    return page(request, trouble, status=404)


def no_shop(request: HttpRequest) -> HttpResponse:
    """404: no shop answers to this host name. Said before any shop's language is known."""
    trouble = Trouble(
        happened=_("There is no shop at this address"),
        do=_("Compare the address with the one the shop gave you."),
    )
    html = render_to_string("web/errors/bare.html", {"trouble": trouble})
    log.info("no_shop", host=request.get_host())
    return HttpResponse(html, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Drawn without the database, which may be what has failed."""
    number = _reference()
    log.error("page_failed", reference=number, path=request.path)
    trouble = Trouble(
        happened=_("Something of ours failed"),
        safe=_("What you have paid is recorded and not lost."),
        do=_("Try again in a minute. If you write to the shop, give this number."),
        number=number,
    )
    html = render_to_string("web/errors/error.html", {"trouble": trouble})
    return HttpResponse(html, status=500)


def _reference() -> str:
    return ids.spoken(ids.short_number())
