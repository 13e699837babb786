"""What buyers type to come in and to change their account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.trade.buyers import rules

INPUT = {"class": "input"}


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={**INPUT, "autocomplete": autocomplete})


class _Contact(forms.Form):
    contact = forms.CharField(
        label=gettext_lazy("Phone or email"),
        max_length=rules.CONTACT_CHARS_MAX,
        widget=forms.TextInput(
            attrs={
                **INPUT,
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class SignIn(_Contact):
    """By which contact, and the password."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=rules.PASSWORD_CHARS_MAX,
        strip=False,
        widget=_password("current-password"),
    )


class Registration(_Contact):
    """A contact, and a password chosen for it."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least 10 characters, and not one everybody uses."),
        max_length=rules.PASSWORD_CHARS_MAX,
        strip=False,
        widget=_password("new-password"),
    )


class NewPassword(forms.Form):
    """Another password, by someone who knows the present one."""

    present = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=rules.PASSWORD_CHARS_MAX,
        strip=False,
        widget=_password("current-password"),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 10 characters, and not one everybody uses."),
        max_length=rules.PASSWORD_CHARS_MAX,
        strip=False,
        widget=_password("new-password"),
    )


class Deletion(forms.Form):
    """The password, so that a phone left open deletes nothing."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=rules.PASSWORD_CHARS_MAX,
        strip=False,
        widget=_password("current-password"),
    )


def refuse(form: forms.Form, code: str) -> None:
    """Say why an account or a password is not taken, beside the field it is about."""
    words: dict[str, Any] = {
        "bad_contact": _("This is neither a phone number nor an email address."),
        "password_too_short": _("Too short: at least 10 characters."),
        "password_too_long": _("Too long: at most 200 characters."),
        "password_too_common": _("Too many people use this password. Choose another."),
        "password_is_contact": _("This is your phone or email. Choose something else."),
    }
    form.add_error("contact" if code == "bad_contact" else "password", words[code])
