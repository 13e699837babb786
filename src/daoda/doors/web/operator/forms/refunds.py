"""What staff type about money that goes back."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.forms.orders import Reasoned
from daoda.doors.web.operator.forms.widgets import Yuan
from daoda.kit import money


class Reference(forms.Form):
    """That money has gone back."""

    reference = forms.CharField(
        label=gettext_lazy("The channel's number of the refund"),
        max_length=80,
        widget=widgets.text(),
        help_text=gettext_lazy("From the merchant page of the channel, or of your bank transfer."),
    )


class Again(forms.Form):
    """Why it may be sent once more."""

    reason = forms.CharField(
        label=gettext_lazy("What was corrected, or what you found"),
        max_length=120,
        widget=widgets.text(),
        help_text=gettext_lazy("For example: topped up the merchant's balance."),
    )


class Part(Reasoned):
    """Give back a part, or all, of what was paid for something delivered.

    ``cause`` is made with the page: sent twice, it is one decision.
    """

    reasons = ("goodwill", "late", "dead_goods", "ended_early")
    own_chars_max = 30

    amount = Yuan(
        label=gettext_lazy("How much goes back, in yuan"),
        wrong=gettext_lazy("Type an amount like 12.50."),
    )
    cause = forms.UUIDField(widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)

    def too_much(self, left_fen: int) -> None:
        """Say how much there is."""
        says = gettext_lazy("At most %(amount)s is left of what was paid.")
        self.add_error("amount", says % {"amount": money.yuan(left_fen)})
