"""What staff type to make a rule of risk: every line left empty asks for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.delivery.risk import rules
from daoda.delivery.risk.actions import Terms
from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.forms.catalog import NOT_YUAN
from daoda.trade.catalog.models import Product
from daoda.trade.payments.models import Channel

TEXTS_CHARS_MAX = rules.CHOICES_MAX * 80


def _count(label: Any, most: int = rules.COUNT_MAX) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=most,
        widget=widgets.number(min=1, max=most),
    )


def _several(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.SelectMultiple(attrs={**widgets.INPUT, "size": 4})
    )


class RuleForm(forms.Form):
    """A rule: its words, and the conditions that must all hold."""

    code = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=40,
        widget=widgets.text(placeholder="large-first-order"),
        help_text=gettext_lazy("Letters, digits and -. A rule of the same name is replaced."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=80, widget=widgets.text())
    told = forms.CharField(
        label=gettext_lazy("The reason the buyer reads"),
        max_length=rules.TOLD_CHARS_MAX,
        widget=widgets.text(),
        help_text=gettext_lazy("Say what is looked at, not that something is suspected."),
    )
    amount = widgets.Yuan(label=gettext_lazy("Orders of at least"), required=False, wrong=NOT_YUAN)
    quantity = _count(gettext_lazy("Of at least so many pieces"))
    paid = _count(gettext_lazy("The contact's so-and-so-many-th paid order"))
    paid_min = _count(gettext_lazy("within minutes"), rules.WITHIN_MIN_MAX)
    unpaid = _count(gettext_lazy("So many orders left unpaid before"))
    unpaid_min = _count(gettext_lazy("within minutes"), rules.WITHIN_MIN_MAX)
    new_contact = forms.BooleanField(
        label=gettext_lazy("Only contacts nothing was delivered to before"), required=False
    )
    channels = _several(gettext_lazy("Only paid by"))
    products = _several(gettext_lazy("Only these products"))
    field = forms.CharField(
        label=gettext_lazy("A typed field, by its key"),
        required=False,
        max_length=40,
        widget=widgets.text(placeholder="region"),
    )
    texts = forms.CharField(
        label=gettext_lazy("has one of these values"),
        required=False,
        max_length=TEXTS_CHARS_MAX,
        widget=widgets.area(2),
        help_text=gettext_lazy("One a line."),
    )

    def __init__(
        self, *args: Any, channels: Sequence[Channel], products: Sequence[Product], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields
        known["channels"].choices = [(one.code, one.title) for one in channels]
        known["products"].choices = [(one.pk.hex, one.title) for one in products]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        for first, second in (("paid", "paid_min"), ("unpaid", "unpaid_min"), ("field", "texts")):
            if bool(typed.get(first)) != bool(typed.get(second)) and not self.errors:
                missing = second if typed.get(first) else first
                self.add_error(missing, _("The two belong together."))
        if not self.errors:
            try:
                rules.check(self.conditions)
            except rules.BadCondition:
                raise forms.ValidationError(_("Ask for at least one thing.")) from None
        return typed

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """What was typed, in the language of rules."""
        typed = self.cleaned_data
        texts = [line.strip() for line in str(typed.get("texts") or "").splitlines()]
        said: list[tuple[Any, dict[str, Any]]] = [
            (typed.get("amount"), {"kind": "amount", "at_least_fen": typed.get("amount")}),
            (typed.get("quantity"), {"kind": "quantity", "at_least": typed.get("quantity")}),
            (typed.get("paid"), self._counted("orders_of_contact", "paid")),
            (typed.get("unpaid"), self._counted("unpaid_of_contact", "unpaid")),
            (typed.get("new_contact"), {"kind": "new_contact"}),
            (typed.get("channels"), {"kind": "channel", "one_of": typed.get("channels")}),
            (typed.get("products"), {"kind": "product", "one_of": typed.get("products")}),
            (
                typed.get("field"),
                {
                    "kind": "answer",
                    "field": typed.get("field"),
                    "one_of": [text for text in texts if text],
                },
            ),
        ]
        return [condition for asked, condition in said if asked]

    def _counted(self, kind: str, name: str) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "kind": kind,
            "at_least": typed.get(name),
            "within_min": typed.get(f"{name}_min"),
        }

    @property
    def terms(self) -> Terms:
        """What risk is told."""
        typed = self.cleaned_data
        return Terms(typed["code"], typed["title"], typed["told"], self.conditions)


def typed_from(terms: Terms) -> dict[str, Any]:
    """A rule as it would have been typed."""
    typed: dict[str, Any] = {"code": terms.code, "title": terms.title, "told": terms.told}
    for one in terms.conditions:
        typed |= _FIELDS[one["kind"]](one)
    return typed


_FIELDS: dict[str, Any] = {
    "amount": lambda one: {"amount": one["at_least_fen"]},
    "quantity": lambda one: {"quantity": one["at_least"]},
    "orders_of_contact": lambda one: {"paid": one["at_least"], "paid_min": one["within_min"]},
    "unpaid_of_contact": lambda one: {"unpaid": one["at_least"], "unpaid_min": one["within_min"]},
    "new_contact": lambda _one: {"new_contact": True},
    "channel": lambda one: {"channels": one["one_of"]},
    "product": lambda one: {"products": one["one_of"]},
    "answer": lambda one: {"field": one["field"], "texts": "\n".join(one["one_of"])},
}
