"""Another password, and going for good."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from daoda.doors.web import errors
from daoda.doors.web.account import actions, forms, gate, queries
from daoda.doors.web.account.gate import BuyerRequest, signed_in
from daoda.kit import clock
from daoda.trade.buyers import actions as buyers


@signed_in
@sensitive_post_parameters("present", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: BuyerRequest) -> HttpResponse:
    """Another password; every other session of mine ends."""
    form = forms.NewPassword(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            buyers.change_password(
                buyer=request.buyer,
                present=form.cleaned_data["present"],
                password=form.cleaned_data["password"],
                now=clock.now(),
            )
        except buyers.WrongDetails:
            form.add_error("present", _("This is not your present password."))
        except buyers.Refused as refused:
            forms.refuse(form, refused.code)
        except buyers.TooManyTries as tries:
            return errors.too_many(request, wait_s=tries.retry_after_s)
        else:
            gate.enter(request, request.buyer)
            messages.success(request, _("Your password is changed. Other sessions have ended."))
            return HttpResponseRedirect(reverse("account:mine"))
    status = 422 if form.errors else 200
    return render(request, "web/account/password.html", {"form": form}, status=status)


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: BuyerRequest) -> HttpResponse:
    """Delete my account, once nothing of mine is open."""
    form = forms.Deletion(request.POST if request.method == "POST" else None)
    waiting = queries.waiting(request.buyer)
    if form.is_bound and form.is_valid() and not waiting:
        try:
            waiting = actions.delete_account(
                buyer=request.buyer, password=form.cleaned_data["password"], now=clock.now()
            )
        except buyers.WrongDetails:
            form.add_error("password", _("This is not your present password."))
        except buyers.TooManyTries as tries:
            return errors.too_many(request, wait_s=tries.retry_after_s)
        else:
            if not waiting:
                gate.leave(request)
                return render(request, "web/account/deleted.html")
    status = 409 if form.is_bound and waiting else 422 if form.errors else 200
    context = {"form": form, "waiting": waiting}
    return render(request, "web/account/deletion.html", context, status=status)
