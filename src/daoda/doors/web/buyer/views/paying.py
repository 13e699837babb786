"""Paying an order: choose a channel, go to its page, come back to the order."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from daoda.doors.web import errors
from daoda.doors.web.buyer import access, limits
from daoda.doors.web.buyer.forms import uuid_or_none
from daoda.doors.web.buyer.queries.story import story
from daoda.doors.web.buyer.views.order import not_yours
from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries as channels
from daoda.trade.payments.adapters.base import CannotStart, PayPage

STARTED = "payment_started"
PHONES = ("Mobile", "Android", "iPhone", "MicroMessenger")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A channel's page, ready to go to. ``fields`` are posted; without them ``url`` is a link."""

    channel: str
    url: str
    fields: dict[str, str]
    qr: SafeString | str


@never_cache
@require_safe
def payment(request: ShopRequest, handle: str) -> HttpResponse:
    """Choose how to pay; once one has chosen, the way to the channel's page."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    if found.state != "awaiting_payment":
        return _to_order(request, found)
    if request.htmx:
        return HttpResponse(status=204)  # nothing has changed: the page stays as it is
    return _show(request, found, opened=_opened(request, found))


@never_cache
@require_POST
def payments_of_order(request: ShopRequest, handle: str) -> HttpResponse:
    """Start an attempt to pay; reloading the page it leads to starts no other one."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    if found.state != "awaiting_payment":
        return _to_order(request, found)
    now = clock.now()
    wait_s = limits.paying(request, now=now)
    if wait_s:
        return errors.too_many(request, wait_s=wait_s)
    wanted = uuid_or_none(request.POST.get("channel", ""))
    channel = next((one for one in channels.channels() if one.pk == wanted), None)
    if channel is None:
        return _show(request, found, trouble=_not_open(), status=422)
    try:
        _payment, page = payments.start(
            order=found, channel=channel, addresses=_addresses(request, found), now=now
        )
    except CannotStart:
        return _show(request, found, trouble=_not_open(), status=503)
    _keep(request, found, channel.title, page)
    return HttpResponseRedirect(reverse("buyer:payment", args=[access.handle(found)]))


@never_cache
@require_POST
def claim(request: ShopRequest, handle: str) -> HttpResponse:
    """She says that she paid: the channel is asked, and her order's page says what it answers."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    now = clock.now()
    wait_s = limits.paying(request, now=now)
    if wait_s:
        return errors.too_many(request, wait_s=wait_s)
    payments.ask_soon(order_id=found.pk, sign="pressed", now=now)
    return HttpResponseRedirect(access.href(found))


@never_cache
@require_safe
def back(request: ShopRequest, handle: str) -> HttpResponse:
    """She comes back from the channel's page, which often means that she paid."""
    found = access.order_of(request, handle)
    if found is None:
        return not_yours(request, handle)
    payments.ask_soon(order_id=found.pk, sign="returned", now=clock.now())
    return HttpResponseRedirect(access.href(found))


def _to_order(request: ShopRequest, found: Order) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(access.href(found))
    return HttpResponseRedirect(access.href(found))


def _show(
    request: ShopRequest,
    found: Order,
    *,
    opened: Opened | None = None,
    trouble: Trouble | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    context = {
        "story": story(found, href=access.href(found), live_href=access.live_href(found), now=now),
        "arrives_by": orders.shown_due(found.product, now=now).due_at,
        # For whoever pays in time, however late: the date `payments.start` keeps and binds.
        "at_the_latest": orders.shown_due(found.product, now=max(now, found.pay_by)).due_at,
        "payment_href": reverse("buyer:payment", args=[access.handle(found)]),
        "claim_href": reverse("buyer:claim", args=[access.handle(found)]),
        "payments_href": reverse("buyer:payments", args=[access.handle(found)]),
        "channels": channels.channels(),
        "payment": opened,
        "trouble": trouble,
        "now": now,
    }
    return render(request, "web/buyer/pay.html", context, status=status)


def _not_open() -> Trouble:
    return Trouble(
        happened=_("This way to pay is not open right now"),
        safe=_("Nothing was charged, and your order is kept until the date above."),
        do=_("Choose another way, or try again in a few minutes."),
    )


def _addresses(request: ShopRequest, found: Order) -> payments.Addresses:
    agent = request.headers.get("User-Agent", "")
    return payments.Addresses(
        notify_base=settings.DAODA.base_url,
        return_url=request.build_absolute_uri(reverse("buyer:back", args=[access.handle(found)])),
        client_ip=limits.client_ip(request),
        phone=any(word in agent for word in PHONES),
    )


def _keep(request: ShopRequest, found: Order, channel: str, page: PayPage) -> None:
    """Remember the page of the newest attempt, so that coming back finds it again."""
    request.session[STARTED] = {
        "order": found.pk.hex,
        "channel": channel,
        "url": page.url,
        "fields": dict(page.fields),
        "posted": page.method == "POST",
        "qr": page.qr_text or "",
    }


def _opened(request: ShopRequest, found: Order) -> Opened | None:
    kept: dict[str, Any] = request.session.get(STARTED, {})
    if kept.get("order") != found.pk.hex:
        return None
    return Opened(
        channel=kept["channel"],
        url=kept["url"],
        fields=kept["fields"] if kept["posted"] else {},
        qr=_qr(kept["qr"]) if kept["qr"] else "",
    )


def _qr(text: str) -> SafeString:
    """The text as an SVG drawn by us: no image host, no script."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, nl=False, omitsize=True, border=0
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 - made of squares, not of the text
