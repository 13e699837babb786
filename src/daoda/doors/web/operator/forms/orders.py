"""What staff type about orders, refunds and notices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.delivery.fulfilment.rules import HANDOVER_CHARS_MAX
from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.queries import words

OWN = "own"
SEARCH_CHARS_MAX = 120


class Find(forms.Form):
    """What to look for, and which part of the list."""

    q = forms.CharField(
        label=gettext_lazy("Find"),
        required=False,
        max_length=SEARCH_CHARS_MAX,
        widget=widgets.text(
            type="search",
            placeholder=gettext_lazy("Number, contact, bill number, payment number"),
        ),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=lambda: [
            ("", _("All, newest first")),
            ("open", _("Open, soonest date first")),
            *((state, words.of(words.ORDER_STATES, state)) for state in words.ORDER_STATES),
        ],
        widget=widgets.select(),
    )
    node = forms.ChoiceField(
        label=gettext_lazy("Node"),
        required=False,
        choices=lambda: [("", _("Any node")), *_nodes()],
        widget=widgets.select(),
    )
    late = forms.BooleanField(label=gettext_lazy("Only late ones"), required=False)
    after = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)


def _nodes() -> list[tuple[str, str]]:
    names = ("payment", "stocking", "supplying", "handling", "review", "refund")
    return [(name, words.of(words.NODES, name)) for name in names]


class Reasoned(forms.Form):
    """An act that needs a reason: one of ours, or one's own words, which the buyer reads too."""

    reasons: tuple[str, ...] = ()
    own_chars_max = 60

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), widget=widgets.select())
    own = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        widget=widgets.text(),
        help_text=gettext_lazy("The buyer reads it as you write it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, words.reason(code)) for code in self.reasons]
        self.fields["reason"].choices = [*named, (OWN, _("in my own words"))]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["own"].max_length = self.own_chars_max  # type: ignore[attr-defined]  # a CharField
        self.fields["own"].widget.attrs["maxlength"] = self.own_chars_max

    def clean_own(self) -> str:
        own = " ".join(str(self.cleaned_data.get("own") or "").split())
        if self.cleaned_data.get("reason") != OWN:
            return ""
        if not own or not own.isprintable():
            raise forms.ValidationError(_("Write the reason."))
        if own in words.OUTCOMES:
            # What settlement writes by itself: two refunds of a receipt never bear one reason.
            raise forms.ValidationError(_("Say it in other words."))
        if len(own) > self.own_chars_max:
            raise forms.ValidationError(_("At most %(n)s characters.") % {"n": self.own_chars_max})
        return own

    @property
    def why(self) -> str:
        """The reason as it is kept."""
        return self.cleaned_data["own"] or str(self.cleaned_data["reason"])


class Hold(Reasoned):
    """Stop an order, and say whose turn it is to look."""

    reasons = ("payment_check", "account_check", "supplier_check")
    department = forms.ChoiceField(
        label=gettext_lazy("Who looks at it"),
        choices=lambda: [
            (name, words.owner(f"department:{name}"))
            for name in ("risk", "technical", "supplier", "operations", "finance")
        ],
        widget=widgets.select(),
    )


class Release(Reasoned):
    """Let a held order go on."""

    reasons = ("checked_fine", "buyer_confirmed")


class Refund(Reasoned):
    """Owe the money back. A refund bears its reason for ever, in few characters."""

    reasons = ("undeliverable", "buyer_asked", "wrong_account")
    own_chars_max = 30


class Delivery(forms.Form):
    """What a person hands over: the buyer reads it."""

    text = forms.CharField(
        label=gettext_lazy("What the buyer gets to read"),
        max_length=HANDOVER_CHARS_MAX,
        widget=widgets.area(5),
        help_text=gettext_lazy("For example the account that was topped up, and when."),
    )


class Finding(forms.Form):
    """What somebody found out about a notice."""

    outcome = forms.CharField(
        label=gettext_lazy("What you found out"),
        max_length=30,
        widget=widgets.text(),
        help_text=gettext_lazy("A few words, kept with the notice."),
    )


class Voucher(forms.Form):
    """Somebody's word that the money of a notice is there, and how she knows."""

    reason = forms.CharField(
        label=gettext_lazy("How you know"),
        max_length=120,
        widget=widgets.text(),
        help_text=gettext_lazy("What you saw, and where. It is kept with your name."),
    )
