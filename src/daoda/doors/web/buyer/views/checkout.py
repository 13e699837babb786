"""From a choice to a placed order: details, a second confirmation that echoes them, placing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from daoda.doors.web import amounts, errors
from daoda.doors.web.account import gate
from daoda.doors.web.buyer import access, drafts, limits
from daoda.doors.web.buyer.drafts import Draft
from daoda.doors.web.buyer.forms import TYPED, Choose, Details, uuid_or_none
from daoda.doors.web.buyer.queries import shelf
from daoda.doors.web.buyer.queries.story import Answer, echoed, in_language
from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock, ids
from daoda.trade.buyers import queries as buyers
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog import rules
from daoda.trade.catalog.models import Variant
from daoda.trade.orders import actions as orders

COUPONS = "coupon"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: ShopRequest) -> HttpResponse:
    """Fill in the details; sent, they come back as a second confirmation, or with what is wrong."""
    sent = request.method == "POST"
    variant = _variant(request.POST if sent else request.GET)
    asked = catalog.fields_of(variant.product)
    if not sent:
        chosen = Choose(request.GET)
        quantity = chosen.cleaned_data["quantity"] if chosen.is_valid() else 1
        initial = {"variant": variant.pk.hex, "quantity": quantity}
        form = Details(asked=asked, has_account=_has_account(request), initial=initial)
        return _ask(request, variant, form, quantity=quantity)
    form = Details(request.POST, asked=asked, has_account=_has_account(request))
    if not form.is_valid():
        quantity = form.cleaned_data.get("quantity") or 1
        return _ask(request, variant, form, quantity=quantity, status=422)
    return _confirm(request, variant, form)


@never_cache
@require_POST
def changes(request: ShopRequest) -> HttpResponse:
    """Back from the confirmation to the details, with all that was typed."""
    draft = _draft(request, now=clock.now())
    if draft is None:
        return _lapsed(request)
    variant = _variant({"variant": draft.variant})
    return _ask(request, variant, _filled(draft, variant), quantity=draft.quantity)


@never_cache
@require_POST
def placing(request: ShopRequest) -> HttpResponse:
    """Place the confirmed order; confirming again leads to the same order."""
    now = clock.now()
    draft = _draft(request, now=now)
    if draft is None:
        return _lapsed(request)
    variant = _variant({"variant": draft.variant})
    if _needs_check(variant, draft) and request.POST.get("checked") != "yes":
        trouble = Trouble(
            happened=_("One thing is missing"),
            do=_("Compare the account below and tick the box; nothing has been placed yet."),
        )
        return _show(request, variant, draft, trouble=trouble, status=422)
    wait_s = limits.placing(request, now=now)
    if wait_s:
        return errors.too_many(request, wait_s=wait_s)
    try:
        order = orders.place(wanted=_wanted(draft, request), actor=access.actor(request), now=now)
    except orders.OrderRefused as refused:
        return _refused(request, variant, draft, refused)
    access.remember(request, order)
    return HttpResponseRedirect(reverse("buyer:payment", args=[access.handle(order)]))


def _has_account(request: ShopRequest) -> bool:
    return gate.buyer_of(request) is not None


def _draft(request: ShopRequest, *, now: datetime) -> Draft | None:
    """What was typed; one begun in an account is nobody's any more once she has signed out."""
    draft = drafts.unseal(request.POST.get("draft", ""), shop_id=request.shop.pk, now=now)
    if draft is None or not draft.buyer:
        return draft
    buyer = gate.buyer_of(request)
    return draft if buyer is not None and buyer.pk.hex == draft.buyer else None


def _variant(source: Mapping[str, Any]) -> Variant:
    variant_id = uuid_or_none(str(source.get("variant", "")))
    variant = catalog.variant(variant_id) if variant_id else None
    if variant is None:
        raise Http404("no such variant on sale")
    return variant


def _ask(
    request: ShopRequest, variant: Variant, form: Details, *, quantity: int, status: int = 200
) -> HttpResponse:
    now = clock.now()
    coupon = "" if form.errors else str(form["coupon"].value() or "")
    quote = shelf.quote(variant, quantity=quantity, coupon_code=coupon, now=now)
    buyer = gate.buyer_of(request)
    context = {
        "form": form,
        "account": buyers.contact(buyer) if buyer else "",
        "product": variant.product,
        "quote": quote,
        "now": now,
    }
    return render(request, "web/buyer/checkout.html", context, status=status)


def _confirm(request: ShopRequest, variant: Variant, form: Details) -> HttpResponse:
    typed, now = form.cleaned_data, clock.now()
    offer = catalog.offer(variant, quantity=typed["quantity"], coupon_code=typed["coupon"], now=now)
    if offer.refusal:
        form.add_error(COUPONS, coupon_refusal(offer.refusal))
        return _ask(request, variant, form, quantity=typed["quantity"], status=422)
    buyer = gate.buyer_of(request)
    draft = Draft(
        key=ids.uuid7(now).hex,
        variant=variant.pk.hex,
        quantity=typed["quantity"],
        total_fen=offer.quote.total_fen,
        contact=buyers.contact(buyer) if buyer else typed["contact"],
        password=typed["password"],
        coupon=typed["coupon"],
        answers=form.answers,
        sealed_at=now.isoformat(),
        buyer=buyer.pk.hex if buyer else "",
    )
    return _show(request, variant, draft)


def _show(
    request: ShopRequest,
    variant: Variant,
    draft: Draft,
    *,
    trouble: Trouble | None = None,
    status: int = 200,
) -> HttpResponse:
    """The second confirmation: what was typed, for how much, by when."""
    now = clock.now()
    context = {
        "product": variant.product,
        "quote": shelf.quote(
            variant,
            quantity=draft.quantity,
            coupon_code=draft.coupon,
            now=now,
        ),
        "echoes": _echoes(variant, draft),
        "contact": draft.contact,
        "confirm_text": variant.product.confirm_text,
        "draft": drafts.seal(draft, shop_id=request.shop.pk),
        "trouble": trouble,
        "now": now,
    }
    return render(request, "web/buyer/confirm.html", context, status=status)


def _echoes(variant: Variant, draft: Draft) -> list[Answer]:
    typed = rules.echo(catalog.fields_of(variant.product), draft.answers)
    return [
        Answer(label=in_language(field.label), value=echoed(field, value)) for field, value in typed
    ]


def _needs_check(variant: Variant, draft: Draft) -> bool:
    return bool(rules.echo(catalog.fields_of(variant.product), draft.answers))


def _wanted(draft: Draft, request: ShopRequest) -> orders.Wanted:
    variant_id = uuid_or_none(draft.variant)
    assert variant_id is not None  # sealed by us
    buyer = gate.buyer_of(request) if draft.buyer else None
    return orders.Wanted(
        shop_id=request.shop.pk,
        variant_id=variant_id,
        quantity=draft.quantity,
        contact=draft.contact,
        # Hers opens by her account; nobody is to guess what nobody has chosen.
        password=draft.password or secrets.token_urlsafe(),
        answers=draft.answers,
        coupon_code=draft.coupon,
        expected_fen=draft.total_fen,
        client_key=draft.key,
        buyer_id=buyer.pk if buyer else None,
        person_id=buyer.person_id if buyer else None,
    )


def _filled(draft: Draft, variant: Variant) -> Details:
    initial = {
        "variant": draft.variant,
        "quantity": draft.quantity,
        "contact": draft.contact,
        "password": draft.password,
        "coupon": draft.coupon,
        **{TYPED + name: value for name, value in draft.answers.items()},
    }
    asked = catalog.fields_of(variant.product)
    return Details(asked=asked, has_account=bool(draft.buyer), initial=initial)


def _refused(
    request: ShopRequest, variant: Variant, draft: Draft, refused: orders.OrderRefused
) -> HttpResponse:
    """Say why, where it can be mended; what was typed is kept."""
    if refused.code == "price_changed":
        repriced = Draft(**{**vars(draft), "total_fen": refused.params["amount_fen"]})
        return _show(request, variant, repriced, trouble=_trouble(refused), status=409)
    return _show(request, variant, draft, trouble=_trouble(refused), status=409)


def _trouble(refused: orders.OrderRefused) -> Trouble:
    safe, params = _("Nothing was charged."), refused.params
    if refused.code == "price_changed":
        return Trouble(
            happened=_("The price has changed to %(amount)s")
            % {"amount": amounts.text(params["amount_fen"])},
            safe=safe,
            do=_("Look at the new amount below and confirm again if you want it."),
        )
    if refused.code == "over_limit":
        words = ngettext(
            "At most %(n)s per buyer, and you have %(already)s already",
            "At most %(n)s per buyer, and you have %(already)s already",
            params["limit"],
        )
        happened = words % {"n": params["limit"], "already": params["already"]}
        return Trouble(happened=happened, safe=safe, do=_("Go back and choose fewer."))
    if refused.code == "bad_coupon":
        happened = coupon_refusal(params["refusal"])
        return Trouble(happened=happened, safe=safe, do=_("Go back to change or remove it."))
    if refused.code == "sold_out":
        happened = _("Someone else was faster: there are not enough left")
        return Trouble(happened=happened, safe=safe, do=_("Go back and choose fewer or another."))
    happened = _("The order could not be placed as typed")
    return Trouble(happened=happened, safe=safe, do=_("Go back and look through your details."))


def coupon_refusal(code: str) -> str:
    """Why a coupon does not count, in words."""
    words = {
        "unknown": _("There is no such coupon."),
        "withdrawn": _("This coupon is no longer valid."),
        "not_started": _("This coupon is not valid yet."),
        "ended": _("This coupon has ended."),
        "used_up": _("This coupon has been used up."),
        "other_product": _("This coupon is for another product."),
        "below_minimum": _("The amount is too small for this coupon."),
    }
    return words.get(code) or words["withdrawn"]


def _lapsed(request: ShopRequest) -> HttpResponse:
    trouble = Trouble(
        happened=_("This confirmation is too old"),
        safe=_("No order was placed and nothing was charged."),
        do=_("Choose the product again; the price and date will be today's."),
    )
    return errors.page(request, trouble, status=410)
