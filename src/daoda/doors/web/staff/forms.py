"""What staff type in, and how it is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Role, Scope

ROLE_WORDS = {
    Role.OPERATOR: _("Operator"),
    Role.AGENT: _("Agent"),
    Role.EXPERT: _("Expert"),
    Role.FINANCE: _("Finance"),
    Role.TECHNICAL: _("Technical"),
    Role.SUPPLIER_RELATIONS: _("Supplier relations"),
    Role.REVIEWER: _("Reviewer"),
    Role.AUDITOR: _("Auditor"),
}
ROLE_DUTIES = {
    Role.OPERATOR: _("Runs the shop: may do everything, each act on record."),
    Role.AGENT: _("Helps buyers: sees orders and contacts, cancels, puts on hold."),
    Role.EXPERT: _("Solves hard cases: also delivers by hand, reveals codes, grants refunds."),
    Role.FINANCE: _("Keeps the books: sees money and channels, pays refunds out."),
    Role.TECHNICAL: _("Keeps it running: channels, notices, API keys."),
    Role.SUPPLIER_RELATIONS: _("Keeps the shelves full: stock, imports, delivery by hand."),
    Role.REVIEWER: _("Checks what is on hold: releases it or grants a refund."),
    Role.AUDITOR: _("Reads everything, changes nothing."),
}
SCOPE_WORDS = {
    Scope.PRODUCTS_READ: _("Read products"),
    Scope.ORDERS_READ: _("Read orders"),
    Scope.ORDERS_WRITE: _("Create and cancel orders"),
    Scope.STOCK_READ: _("Read stock imports"),
    Scope.STOCK_WRITE: _("Import stock"),
    Scope.LEDGER_READ: _("Read the ledger"),
    Scope.SUPPLIERS_READ: _("Read suppliers and offers"),
    Scope.SUPPLIERS_WRITE: _("Change offers of suppliers"),
    Scope.REFUNDS_READ: _("Read refunds"),
    Scope.REFUNDS_WRITE: _("Give money back"),
    Scope.REHEARSALS_RUN: _("Rehearse days"),
}
VALID_DAYS = [(30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (730, _("2 years"))]


def _text(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "input", **attributes})


def _password(autocomplete: str, **attributes: Any) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"class": "input", "autocomplete": autocomplete, **attributes})


class SignIn(forms.Form):
    login = forms.CharField(
        label=_("Login name"),
        max_length=150,
        widget=_text(autocomplete="username", autocapitalize="none", autofocus=True),
    )
    password = forms.CharField(
        label=_("Password"), max_length=200, strip=False, widget=_password("current-password")
    )


class OneTimeCode(forms.Form):
    """The app's six digits; where a recovery code will do as well, the hint says so."""

    code = forms.CharField(
        label=_("Code from your authenticator app"),
        max_length=20,
        widget=_text(autocomplete="one-time-code", inputmode="text", autofocus=True),
    )


class NewPassword(forms.Form):
    """A password of one's own, typed twice and checked against Django's validators."""

    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        widget=_password("new-password", autofocus=True),
        help_text=_("At least 10 characters, and not one everybody uses."),
    )
    again = forms.CharField(
        label=_("The same again"), max_length=200, strip=False, widget=_password("new-password")
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.staff)
        if self.staff.check_password(password):
            raise forms.ValidationError(_("This is the password you have. Choose another."))
        return password

    def clean(self) -> None:
        first, second = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if first and second and first != second:
            self.add_error("again", _("The two do not match."))


class ChangePassword(NewPassword):
    """As `NewPassword`, by someone who knows the present one."""

    field_order = ("present", "password", "again")
    present = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=_password("current-password", autofocus=True),
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, staff=staff, **kwargs)
        del self.fields["password"].widget.attrs["autofocus"]

    def clean_present(self) -> str:
        present = str(self.cleaned_data["present"])
        if not self.staff.check_password(present):
            raise forms.ValidationError(_("This is not your present password."))
        return present


class Invitation(forms.Form):
    login = forms.CharField(
        label=_("Login name"), max_length=150, widget=_text(autocapitalize="none")
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=_text(),
        help_text=_("Buyers see it beside the work number."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=lambda: [(role.value, words) for role, words in ROLE_WORDS.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )


class RoleChange(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=lambda: [(role.value, words) for role, words in ROLE_WORDS.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )


class NewKey(forms.Form):
    name = forms.CharField(
        label=_("What the key is for"), max_length=80, widget=_text(autofocus=True)
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=lambda: [(scope.value, words) for scope, words in SCOPE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    valid_days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=VALID_DAYS,
        coerce=int,
        initial=90,
        widget=forms.Select(attrs={"class": "input"}),
    )
