"""What staff type to make a policy: a step whose minutes are left empty is not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.care.compensation import rules
from daoda.care.compensation.actions import Terms
from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.forms.catalog import NOT_YUAN
from daoda.doors.web.operator.queries import words
from daoda.trade.catalog.models import Product
from daoda.trade.catalog.rules import KINDS

# Of two steps at the same minute, this one goes first.
ORDER = ("reissue", "other_supplier", "goodwill", "refund")
GOODWILLS = (1, 2, 3)
_PARTS = ("percent", "least_fen", "most_fen", "spent_fen")


def _minutes(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=rules.AFTER_MIN_MAX,
        widget=widgets.number(min=0),
    )


def _yuan(label: Any, *, required: bool = True, initial: int | None = None) -> forms.CharField:
    return widgets.Yuan(label=label, required=required, wrong=NOT_YUAN, initial=initial)


class PolicyForm(forms.Form):
    """A policy: for what, which steps after how many minutes, within which bounds."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=80, widget=widgets.text())
    code = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=40,
        widget=widgets.text(placeholder="late"),
        help_text=gettext_lazy("Letters, digits and -. A policy of the same name is replaced."),
    )
    product = forms.UUIDField(
        label=gettext_lazy("Only for"), required=False, widget=widgets.select()
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Only what is delivered so"),
        required=False,
        choices=lambda: [("", _("Any way")), *((one, words.of(words.KINDS, one)) for one in KINDS)],
        widget=widgets.select(),
    )
    reissue = _minutes(gettext_lazy("Take it from our shelf, after minutes"))
    other_supplier = _minutes(gettext_lazy("Buy it from another supplier, after minutes"))
    refund = _minutes(gettext_lazy("Refund, after minutes"))
    approve_above_fen = _yuan(gettext_lazy("Above this a person is asked"), initial=20_000)
    cap_order_fen = _yuan(gettext_lazy("Goodwill at most per order"), initial=2_000)
    cap_buyer_day_fen = _yuan(gettext_lazy("per buyer in 24 hours"), initial=5_000)
    cap_shop_day_fen = _yuan(gettext_lazy("by the shop in 24 hours"), initial=100_000)

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.pk for one in products}
        widget: forms.Select = self.fields["product"].widget
        widget.choices = [("", _("Everything")), *((str(one.pk), one.title) for one in products)]
        for number in GOODWILLS:
            own = f"goodwill{number}"
            self.fields[own] = _minutes(_("A coupon, after minutes"))
            self.fields[f"{own}_percent"] = forms.IntegerField(
                label=_("percent of the price"), required=False, min_value=0, max_value=100,
                widget=widgets.number(min=0, max=100),
            )  # fmt: skip
            self.fields[f"{own}_least_fen"] = _yuan(_("at least"), required=False)
            self.fields[f"{own}_most_fen"] = _yuan(_("at most"), required=False)
            self.fields[f"{own}_spent_fen"] = _yuan(_("only who spent in 30 days"), required=False)

    @property
    def goodwills(self) -> list[list[forms.BoundField]]:
        """The rows of coupons, a list of fields each."""
        return [
            [self[f"goodwill{number}"], *(self[f"goodwill{number}_{part}"] for part in _PARTS)]
            for number in GOODWILLS
        ]

    def clean_product(self) -> Any:
        chosen = self.cleaned_data["product"]
        if chosen is not None and chosen not in self.known:
            raise forms.ValidationError(_("Choose one from the list."))
        return chosen

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        for number in GOODWILLS:
            own = f"goodwill{number}"
            if typed.get(own) is not None:
                for part in ("percent", "least_fen", "most_fen"):
                    if typed.get(f"{own}_{part}") is None and not self.errors:
                        self.add_error(f"{own}_{part}", _("This is needed."))
        if not self.errors:
            try:
                rules.check(self.steps)
            except rules.BadSteps as problem:
                said = {"nothing comes after a refund": _("Nothing may come after the refund.")}
                text = said.get(problem.problem, _("Take at least one step, least not above most."))
                raise forms.ValidationError(text) from None
        return typed

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What was typed, in the language of policies, by their minutes."""
        typed = self.cleaned_data
        taken = [
            {"do": name, "after_min": typed[name]}
            for name in ("reissue", "other_supplier", "refund")
            if typed.get(name) is not None
        ]
        for number in GOODWILLS:
            own = f"goodwill{number}"
            if typed.get(own) is not None:
                parts = {part: typed.get(f"{own}_{part}") or 0 for part in _PARTS}
                taken.append({"do": "goodwill", "after_min": typed[own], **parts})
        return sorted(taken, key=lambda one: (one["after_min"], ORDER.index(one["do"])))

    @property
    def terms(self) -> Terms:
        """What compensation is told."""
        typed = self.cleaned_data
        names = ("approve_above_fen", "cap_order_fen", "cap_buyer_day_fen", "cap_shop_day_fen")
        return Terms(
            code=typed["code"],
            title=typed["title"],
            steps=self.steps,
            kind=typed["kind"],
            product_id=typed["product"],
            **{name: typed[name] or 0 for name in names},
        )


def typed_from(policy: Any) -> dict[str, Any]:
    """A policy as it would have been typed."""
    names = (
        *("code", "title", "kind", "approve_above_fen"),
        *("cap_order_fen", "cap_buyer_day_fen", "cap_shop_day_fen"),
    )
    typed: dict[str, Any] = {name: getattr(policy, name) for name in names}
    typed["product"] = policy.product_id
    goodwill = 0
    for step in policy.steps:
        name = step["do"]
        if name == "goodwill":
            goodwill += 1
            name = f"goodwill{goodwill}"
            typed |= _parts(name, step)
        typed[name] = step["after_min"]
    return typed


def _parts(name: str, step: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_{part}": step[part] for part in _PARTS}


class Declining(forms.Form):
    """Why a step is not taken."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=40, widget=widgets.text())
