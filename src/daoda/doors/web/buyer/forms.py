"""What buyers type: their details at the checkout, and what finds an order again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from daoda.doors.web.buyer.queries.story import in_language
from daoda.trade.catalog.rules import (
    QUANTITY_MAX,
    Field,
    FieldError,
    check_fields,
)
from daoda.trade.orders import rules
from daoda.trade.payments.actions import PAYEE_CHARS_MAX

TYPED = "typed_"
COUPON_CHARS_MAX = 64  # as typed, with blanks; the catalogue knows how long a code is
INPUT = {"class": "input"}
QUIET = {**INPUT, "autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}
KEYBOARDS = {"phone": "tel", "number": "numeric", "email": "email"}


class Choose(forms.Form):
    """Which variant, and how many: what the product page sends on."""

    variant = forms.UUIDField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(
        min_value=1, max_value=QUANTITY_MAX, widget=forms.HiddenInput, required=False
    )

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class Details(Choose):
    """Contact, query password, coupon, and the fields the product asks for.

    An account's buyer has given her contact, and needs no query password: she may set one.
    """

    contact = forms.CharField(
        label=gettext_lazy("Phone or email"),
        help_text=gettext_lazy("Only used to tell you about this order."),
        min_length=3,
        max_length=rules.CONTACT_CHARS_MAX,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "email"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Query password"),
        help_text=gettext_lazy(
            "Opens this order on another device; choose one you do not use elsewhere."
        ),
        min_length=rules.QUERY_PASSWORD_CHARS_MIN,
        max_length=rules.QUERY_PASSWORD_CHARS_MAX,
        strip=False,
        widget=forms.TextInput(attrs=QUIET),
    )
    coupon = forms.CharField(
        label=gettext_lazy("Coupon (optional)"),
        required=False,
        max_length=COUPON_CHARS_MAX,
        widget=forms.TextInput(attrs=QUIET),
    )

    def __init__(
        self, *args: Any, asked: Sequence[Field], has_account: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if has_account:
            del self.fields["contact"]
            password = self.fields["password"]
            password.required = password.widget.is_required = False
            password.label = _("Query password (optional)")
            password.help_text = _("Only for opening this order without signing in.")
        self.asked = asked
        self.answers: dict[str, str] = {}
        for one in asked:
            self.fields[TYPED + one.name] = _typed_field(one)

    @property
    def typed(self) -> list[forms.BoundField]:
        """The product's own fields."""
        return [self[TYPED + one.name] for one in self.asked]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = {one.name: cleaned.get(TYPED + one.name) or "" for one in self.asked}
        self.answers, wrong = check_fields(self.asked, given)
        self.refuse(wrong)
        return cleaned

    def refuse(self, wrong: Mapping[str, FieldError]) -> None:
        """Show what is wrong with typed fields, beside each."""
        for name, error in wrong.items():
            if TYPED + name not in self.errors:
                self.add_error(TYPED + name, field_error(error))


class ByNumber(forms.Form):
    """An order's number and its query password."""

    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=40,
        widget=forms.TextInput(attrs={**QUIET, "placeholder": "XXXXX-XXXXX"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Query password"),
        max_length=rules.QUERY_PASSWORD_CHARS_MAX,
        strip=False,
        widget=forms.TextInput(attrs=QUIET),
    )


class ByBill(forms.Form):
    """A bill of the payment app, and a sign of who paid it."""

    bill = forms.CharField(
        label=gettext_lazy("Transaction number of the bill"),
        max_length=64,
        widget=forms.TextInput(attrs=QUIET),
    )
    payer = forms.CharField(
        label=gettext_lazy("The account you paid with"),
        help_text=gettext_lazy("The phone number or email of your payment app, in full."),
        max_length=64,
        widget=forms.TextInput(attrs=QUIET),
    )


def uuid_or_none(text: str) -> UUID | None:
    """An id as 32 hex characters, or None for anything else."""
    try:
        return UUID(hex=text)
    except ValueError:
        return None


def field_error(error: FieldError) -> str:
    """Why an answer is refused, in words."""
    lengths = {
        "too_short": lambda n: ngettext(
            "At least %(n)s character.", "At least %(n)s characters.", n
        ),
        "too_long": lambda n: ngettext("At most %(n)s character.", "At most %(n)s characters.", n),
    }
    if error.code in lengths:
        n = int(error.params.get("length_min") or error.params.get("length_max") or 0)
        return lengths[error.code](n) % {"n": n}
    words = {
        "required": _("This is needed to deliver your order."),
        "not_phone": _("This is not a phone number: 11 digits, or + and the country code."),
        "not_email": _("This is not an email address."),
        "not_number": _("Digits only."),
        "not_a_choice": _("Choose one from the list."),
        "blank_inside": _("There is a space inside; an account has none."),
        "control_character": _("There is an invisible character inside; type it by hand."),
    }
    return words.get(error.code) or _("This does not look right; compare it with the hint.")


def _typed_field(one: Field) -> forms.Field:
    # Length, shape and need are the catalogue's to check, so that the API refuses alike.
    field = forms.CharField(
        label=in_language(one.label),
        help_text=in_language(one.help),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={**QUIET, "inputmode": KEYBOARDS.get(one.type, "text")}),
    )
    if one.type == "choice":
        options = [(each.value, in_language(each.label)) for each in one.choices]
        field.widget = forms.Select(attrs=INPUT, choices=[("", _("Choose")), *options])
    return field


class Payee(forms.Form):
    """Where money is to be sent that cannot go back the way it came."""

    payee = forms.CharField(
        label=gettext_lazy("Where to send it"),
        help_text=gettext_lazy(
            "An Alipay account with its holder's name, or a bank, card number and name. Kept "
            "sealed; only the finance department can open it, and that is on record."
        ),
        max_length=PAYEE_CHARS_MAX,
        widget=forms.TextInput(attrs=QUIET),
    )

    def clean_payee(self) -> str:
        said = " ".join(str(self.cleaned_data["payee"]).split())
        if not said.isprintable():
            raise forms.ValidationError(_("Write it in one line."))
        return said
