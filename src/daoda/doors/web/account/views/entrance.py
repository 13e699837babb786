"""Getting in and out: registering, signing in, signing out."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from daoda.doors.web import errors
from daoda.doors.web.account import forms, gate
from daoda.doors.web.buyer import limits
from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.kit import clock
from daoda.trade.buyers import actions as buyers


@gate.entrance
@sensitive_post_parameters("contact", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def registration(request: ShopRequest) -> HttpResponse:
    """Open an account; a contact that has one already is answered in the same words."""
    form = forms.Registration(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _register(request, form)
    if not form.is_valid():
        return _register(request, form, status=422)
    contact = form.cleaned_data["contact"]
    try:
        buyers.register(
            shop_id=request.shop.pk,
            contact=contact,
            password=form.cleaned_data["password"],
            address=limits.visitor(request),
            now=clock.now(),
        )
    except buyers.Refused as refused:
        forms.refuse(form, refused.code)
        return _register(request, form, status=422)
    except buyers.TooManyTries as tries:
        return errors.too_many(request, wait_s=tries.retry_after_s)
    told = _(
        "If this phone or email had no account here, it has one now: sign in with the password"
        " you have just chosen. If it had one before, nothing about it has changed."
    )
    return _sign_in(request, forms.SignIn(initial={"contact": contact}), told=told)


@gate.entrance
@sensitive_post_parameters("contact", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: ShopRequest) -> HttpResponse:
    """Come in; an unknown contact and a wrong password look the same."""
    asked = str(request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        if gate.buyer_of(request):
            return HttpResponseRedirect(_safe(request, asked))
        return _sign_in(request, forms.SignIn(), asked=asked)
    form = forms.SignIn(request.POST)
    if not form.is_valid():
        return _sign_in(request, form, asked=asked, status=422)
    try:
        buyer = buyers.sign_in(
            shop_id=request.shop.pk,
            contact=form.cleaned_data["contact"],
            password=form.cleaned_data["password"],
            address=limits.visitor(request),
            now=clock.now(),
        )
    except buyers.WrongDetails:
        return _sign_in(request, form, asked=asked, trouble=_wrong(), status=422)
    except buyers.TooManyTries as tries:
        return errors.too_many(request, wait_s=tries.retry_after_s)
    gate.enter(request, buyer)
    return HttpResponseRedirect(_safe(request, asked))


@gate.entrance
@require_POST
def sign_out(request: ShopRequest) -> HttpResponse:
    """End this session."""
    buyer = gate.buyer_of(request)
    if buyer is not None:
        buyers.sign_out(buyer=buyer, now=clock.now())
    gate.leave(request)
    return HttpResponseRedirect(reverse("buyer:front"))


def _register(request: ShopRequest, form: forms.Registration, *, status: int = 200) -> HttpResponse:
    return render(request, "web/account/registration.html", {"form": form}, status=status)


def _sign_in(
    request: ShopRequest,
    form: forms.SignIn,
    *,
    asked: str = "",
    told: str = "",
    trouble: Trouble | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "next": asked, "told": told, "trouble": trouble}
    return render(request, "web/account/sign_in.html", context, status=status)


def _wrong() -> Trouble:
    return Trouble(
        happened=_("The contact or the password is not right"),
        safe=_("Your orders are not affected."),
        do=_("Compare both. Without an account, an order is found by its number or your bill."),
    )


def _safe(request: ShopRequest, asked: str) -> str:
    """A page of ours to go to after signing in."""
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else reverse("account:mine")
