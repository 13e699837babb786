"""Getting in: the password, the second factor, a password of one's own. One step a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.contrib import auth
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from daoda.doors.web.middleware import ShopRequest
from daoda.doors.web.pieces import Trouble
from daoda.doors.web.staff import forms
from daoda.doors.web.staff.gate import entrance, staff_of
from daoda.kit import addresses, clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries, throttles
from daoda.records.accounts.backends import client_address
from daoda.records.accounts.models import Staff

BACKEND = "daoda.records.accounts.backends.StaffOfShop"
PENDING = "staff_on_the_way_in"
PENDING_VALID = timedelta(minutes=10)
SESSION_S_MAX = 12 * 60 * 60
LOGINS_PER_ADDRESS = 30
LOGINS_PER_S = 600
CODE_TRIES = 5
CODE_TRIES_PER_S = 300


@entrance
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: ShopRequest) -> HttpResponse:
    """The login name and the password."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if request.method != "POST":
        if staff_of(request):
            return HttpResponseRedirect(_safe(request, asked))
        return _page(request, "login", form=forms.SignIn(), next=asked)
    now = clock.now()
    form = forms.SignIn(request.POST)
    address = addresses.limited_as(client_address(request))
    counted = throttles.hit(
        "staff_login", address, limit=LOGINS_PER_ADDRESS, per_s=LOGINS_PER_S, now=now
    )
    if not counted.allowed:
        return _locked(request, now, now + timedelta(seconds=counted.retry_after_s))
    if not form.is_valid():
        return _page(request, "login", form=form, next=asked, status=422)
    typed, password = form.cleaned_data["login"], form.cleaned_data["password"]
    staff = auth.authenticate(request, username=typed, password=password, now=now)
    if not isinstance(staff, Staff):
        return _refuse(request, form, typed, asked, now)
    request.session.cycle_key()
    _remember(request, staff, now, {"next": _safe(request, asked)})
    return HttpResponseRedirect(_next_step(request, staff, now))


@entrance
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: ShopRequest) -> HttpResponse:
    """The code of the authenticator app, or a recovery code."""
    now = clock.now()
    staff = _on_the_way_in(request, now)
    if staff is None or not queries.has_second_factor(staff):
        return HttpResponseRedirect(reverse("staff:login"))
    if request.method != "POST":
        return _page(request, "second_factor", form=forms.OneTimeCode())
    counted = _count_try(staff, now)
    if not counted.allowed:
        return _locked(request, now, now + timedelta(seconds=counted.retry_after_s))
    form = forms.OneTimeCode(request.POST)
    if form.is_valid():
        how = _passed(staff, form.cleaned_data["code"], now)
        if how:
            _remember(request, staff, now, {"second_factor": how})
            return HttpResponseRedirect(_next_step(request, staff, now))
        _wrong_code(staff, counted, now)
        form.add_error("code", _("This code is not right, or was used already."))
    return _page(request, "second_factor", form=form, status=422)


@entrance
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment(request: ShopRequest) -> HttpResponse:
    """Enrolling an authenticator app; afterwards the recovery codes are shown, once."""
    now = clock.now()
    staff = _on_the_way_in(request, now)
    if staff is None or staff.must_change_password or queries.has_second_factor(staff):
        return HttpResponseRedirect(reverse("staff:login"))
    form = forms.OneTimeCode(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        counted = _count_try(staff, now)
        if not counted.allowed:
            return _locked(request, now, now + timedelta(seconds=counted.retry_after_s))
        if form.is_valid():
            code = form.cleaned_data["code"]
            codes = accounts.confirm_enrolment(staff=staff, code=code, now=now)
            if codes is not None:
                _remember(request, staff, now, {"second_factor": "totp"})
                go_on = _next_step(request, staff, now)
                return _page(request, "recovery_codes", codes=codes, go_on=go_on)
            form.add_error("code", _("This code is not right. Wait for the next one."))
    begun = accounts.begin_enrolment(staff=staff, issuer=request.shop.name, now=now)
    return _page(
        request,
        "enrolment",
        form=form,
        picture=_picture(begun.uri),
        uri=begun.uri,
        secret=" ".join(begun.secret[i : i + 4] for i in range(0, len(begun.secret), 4)),
        status=422 if form.errors else 200,
    )


@entrance
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: ShopRequest) -> HttpResponse:
    """A password of one's own in place of a one-time password."""
    now = clock.now()
    staff = _on_the_way_in(request, now)
    if staff is None or _next_step_name(request, staff) != "staff:new_password":
        return HttpResponseRedirect(reverse("staff:login"))
    form = forms.NewPassword(request.POST if request.method == "POST" else None, staff=staff)
    if request.method == "POST" and form.is_valid():
        accounts.set_password(staff=staff, password=form.cleaned_data["password"], now=now)
        _remember(request, staff, now, {})
        return HttpResponseRedirect(_next_step(request, staff, now))
    status = 422 if form.errors else 200
    return _page(request, "new_password", form=form, staff=staff, status=status)


@entrance
@require_POST
def sign_out(request: ShopRequest) -> HttpResponse:
    """End this session."""
    staff = staff_of(request)
    if staff is not None:
        accounts.record_sign_out(staff=staff, now=clock.now())
    auth.logout(request)
    return HttpResponseRedirect(reverse("staff:login"))


def locked_out(request: ShopRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """What django-axes answers with once it has locked a name at an address."""
    now = clock.now()
    return _locked(request, now, now + timedelta(hours=settings.AXES_COOLOFF_TIME))


def _refuse(
    request: ShopRequest, form: forms.SignIn, typed: str, asked: str, now: datetime
) -> HttpResponse:
    # axes sets the number only while it counts: it is there for the try that closed the door,
    # and gone for those that found it closed.
    if getattr(request, "axes_locked_out", False) and request.axes_failures_since_start:  # type: ignore[attr-defined]  # set by axes
        until = now + timedelta(hours=settings.AXES_COOLOFF_TIME)
        accounts.record_lockout(
            shop_id=request.shop.pk, login=typed, step="password", until=until, now=now
        )
    form.add_error(None, _("The login name or the password is not right."))
    return _page(request, "login", form=form, next=asked, status=422)


def _passed(staff: Staff, code: str, now: datetime) -> str:
    """How the second factor was passed, empty when it was not."""
    if accounts.verify_code(staff=staff, code=code, now=now):
        return "totp"
    if accounts.use_recovery_code(staff=staff, code=code, now=now):
        return "recovery_code"
    return ""


def _count_try(staff: Staff, now: datetime) -> throttles.Verdict:
    return throttles.hit(
        "staff_code", staff.pk.hex, limit=CODE_TRIES, per_s=CODE_TRIES_PER_S, now=now
    )


def _wrong_code(staff: Staff, counted: throttles.Verdict, now: datetime) -> None:
    """The last wrong try that fits is the one that locks, and the one on record."""
    if counted.remaining == 0:
        until = now + timedelta(seconds=CODE_TRIES_PER_S // CODE_TRIES)
        accounts.record_lockout(
            shop_id=staff.shop_id, login=staff.login, step="second_factor", until=until, now=now
        )


def _remember(request: ShopRequest, staff: Staff, now: datetime, more: dict[str, str]) -> None:
    """How far someone came; the session hash makes it void when her password changes elsewhere."""
    before = request.session.get(PENDING, {})
    if before.get("staff") != staff.pk.hex:
        before = {}
    request.session[PENDING] = {
        **before,
        **more,
        "staff": staff.pk.hex,
        "at": before.get("at") or now.isoformat(),
        "hash": staff.get_session_auth_hash(),
    }


def _on_the_way_in(request: ShopRequest, now: datetime) -> Staff | None:
    """Who gave the right password here within the last ten minutes."""
    pending = request.session.get(PENDING)
    if not pending or now - datetime.fromisoformat(pending["at"]) > PENDING_VALID:
        return None
    staff: Staff | None = Staff.objects.filter(pk=pending["staff"], is_active=True).first()
    if staff is None or staff.get_session_auth_hash() != pending["hash"]:
        return None
    return staff


def _next_step_name(request: ShopRequest, staff: Staff) -> str:
    """The page that asks for what is missing; empty when nothing is.

    A stolen one-time password must not change the password of someone who has a second factor,
    so that comes first where there is one.
    """
    passed = bool(request.session[PENDING].get("second_factor"))
    if queries.has_second_factor(staff) and not passed:
        return "staff:second_factor"
    if staff.must_change_password:
        return "staff:new_password"
    return "" if passed else "staff:enrolment"


def _next_step(request: ShopRequest, staff: Staff, now: datetime) -> str:
    """Where to go now; with nothing missing, the session becomes hers."""
    if name := _next_step_name(request, staff):
        return reverse(name)
    pending = request.session.pop(PENDING)
    auth.login(request, staff, backend=BACKEND)
    request.session.set_expiry(SESSION_S_MAX)
    accounts.record_sign_in(staff=staff, second_factor=pending["second_factor"], now=now)
    return str(pending.get("next") or reverse("desk:today"))


def _safe(request: ShopRequest, asked: str) -> str:
    """A page of ours to go to after signing in."""
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else reverse("desk:today")


def _picture(uri: str) -> SafeString:
    """The QR code as SVG in the page; drawn by us from our own text."""
    svg = segno.make(uri, micro=False).svg_inline(scale=4, border=2, omitsize=True)
    return mark_safe(svg)  # noqa: S308 - segno escapes nothing because it draws only squares


def _locked(request: ShopRequest, now: datetime, until: datetime) -> HttpResponse:
    trouble = Trouble(
        happened=_("Too many wrong tries."),
        safe=_("Nothing has changed in your account."),
        do=_("Try again at the time below, or ask an operator to reset your sign-in."),
    )
    response = _page(request, "locked", trouble=trouble, until=until, now=now, status=429)
    response.headers["Retry-After"] = str(max(1, round((until - now).total_seconds())))
    return response


def _page(request: ShopRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"web/staff/{name}.html", context, status=status)
