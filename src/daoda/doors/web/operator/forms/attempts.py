"""What staff decide about a purchase nobody knows the outcome of."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets

HOURS_MAX = 24 * 14


class GivingUp(forms.Form):
    """How an order goes on whose purchase is given up."""

    way = forms.ChoiceField(
        label=gettext_lazy("The order goes on"),
        choices=(
            ("elsewhere", gettext_lazy("buy it elsewhere, claim the money back")),
            ("refund", gettext_lazy("refund the buyer, we bear the loss")),
        ),
    )


class MoreTime(forms.Form):
    """How long a supplier may still take."""

    hours = forms.IntegerField(
        label=gettext_lazy("Hours from now"), min_value=1, max_value=HOURS_MAX, initial=4
    )


class Settlement(forms.Form):
    """How a claim ended."""

    how = forms.ChoiceField(
        label=gettext_lazy("How it ended"),
        choices=(
            ("refunded", gettext_lazy("the supplier gave the money back")),
            ("written_off", gettext_lazy("the money is lost")),
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("What you found out"), max_length=120, widget=widgets.text()
    )
