"""A supplier's terms and settings, its maintenance, its offers. Secrets only go in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.kit import money
from daoda.kit.configs import SETTING_CHARS_MAX, ConfigProblem, Setting
from daoda.trade.catalog.models import Variant
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.recipes.reading import CHARS_MAX
from daoda.trade.suppliers.models import Offer, Supplier

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LABELS: Mapping[str, StrOrPromise] = {
    "gateway": gettext_lazy("Address of the supplier"),
    "query_gateway": gettext_lazy("Address for queries"),
    "api_key": gettext_lazy("API key"),
    "api_secret": gettext_lazy("API secret"),
    "user_id": gettext_lazy("User number"),
    "key": gettext_lazy("Key"),
    "currency": gettext_lazy("Currency"),
}
POLICIES: tuple[tuple[str, StrOrPromise], ...] = (
    ("wait", gettext_lazy("Keep waiting, with a new date")),
    ("elsewhere", gettext_lazy("Buy elsewhere and claim the money back")),
    ("refund", gettext_lazy("Refund the buyer and book the loss")),
)
PAUSE_DAYS_MAX = 90


class Terms(forms.Form):
    """How a supplier is bought from."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, widget=widgets.text())
    promise_min = forms.IntegerField(
        label=gettext_lazy("A purchase takes (minutes)"),
        help_text=gettext_lazy("Its own word; after 20 purchases the measured time counts."),
        initial=10, min_value=1, max_value=43_200, widget=widgets.number(),
    )  # fmt: skip
    concurrency = forms.IntegerField(
        label=gettext_lazy("Calls at once"), initial=20, min_value=1, max_value=5_000,
        widget=widgets.number(),
    )  # fmt: skip
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute"), initial=600, min_value=1, max_value=100_000,
        widget=widgets.number(),
    )  # fmt: skip
    unknown_percent = forms.IntegerField(
        label=gettext_lazy("Stop at unclear answers of (%)"), initial=30, min_value=1,
        max_value=100, widget=widgets.number(),
    )  # fmt: skip
    failure_percent = forms.IntegerField(
        label=gettext_lazy("Stop at failures of (%)"), initial=60, min_value=1, max_value=100,
        widget=widgets.number(),
    )  # fmt: skip
    cut_off_hours = forms.IntegerField(
        label=gettext_lazy("Decide about an unclear purchase after (hours)"), initial=24,
        min_value=1, max_value=720, widget=widgets.number(),
    )  # fmt: skip
    cut_off_policy = forms.ChoiceField(
        label=gettext_lazy("Then"), choices=POLICIES, widget=widgets.select()
    )
    risk_limit_fen = widgets.Yuan(
        label=gettext_lazy("At most unclear at once (yuan)"), initial=100_000,
        wrong=gettext_lazy("An amount like 1000 or 1000.50."),
    )  # fmt: skip
    warn_below_fen = widgets.Yuan(
        label=gettext_lazy("Warn when the balance is below (yuan)"), initial=0,
        wrong=gettext_lazy("An amount like 1000 or 1000.50."),
    )  # fmt: skip
    emergency = forms.BooleanField(
        label=gettext_lazy("Only for surges, or where nobody else is left"), required=False
    )

    @property
    def terms(self) -> suppliers.Terms:
        told = self.cleaned_data
        return suppliers.Terms(
            promise_s=told["promise_min"] * 60,
            cut_off_s=told["cut_off_hours"] * 3600,
            **{
                name: told[name]
                for name in (
                    "concurrency", "calls_per_minute", "unknown_percent", "failure_percent",
                    "cut_off_policy", "risk_limit_fen", "warn_below_fen", "emergency",
                )
            },
        )  # fmt: skip


class Speech(Terms):
    """The terms, and what the adapter or recipe needs."""

    def __init__(
        self,
        *args: Any,
        asked: Sequence[Setting],
        known: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for setting in asked:
            self.fields[_name(setting)] = _field(setting, known)

    @property
    def settings(self) -> list[forms.BoundField]:
        """The adapter's own fields."""
        return [self[_name(setting)] for setting in self.asked]

    @property
    def limits(self) -> list[forms.BoundField]:
        """The fields of the terms, in order, but for the name and the checkbox."""
        return [self[name] for name in Terms.base_fields if name not in {"name", "emergency"}]

    @property
    def config(self) -> dict[str, str]:
        """What the adapter is told; a secret left empty is told as empty, and so kept."""
        return {one.name: self.cleaned_data[_name(one)].strip() for one in self.asked}

    def refuse(self, problem: ConfigProblem) -> None:
        """Put what the adapter refuses beside its field."""
        field = f"setting_{problem.setting}"
        if field in self.fields:
            self.add_error(field, problem.problem)
        else:
            self.add_error(None, f"{problem.setting}: {problem.problem}")


def terms_of(row: Supplier) -> dict[str, object]:
    """A supplier as the form shows it."""
    same = (
        "name", "concurrency", "calls_per_minute", "unknown_percent", "failure_percent",
        "cut_off_policy", "risk_limit_fen", "warn_below_fen", "emergency",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "promise_min": max(1, row.promise_s // 60),
        "cut_off_hours": max(1, row.cut_off_s // 3600),
    }


class Pause(forms.Form):
    """Why, and until when nothing is bought."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, widget=widgets.text())
    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"),
        help_text=gettext_lazy("Then it is bought from again by itself."),
        initial=2, min_value=1, max_value=PAUSE_DAYS_MAX * 24, widget=widgets.number(),
    )  # fmt: skip

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])


class Resume(forms.Form):
    """Why it is bought from again."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, widget=widgets.text())


class Windows(forms.Form):
    """Maintenance as lines a person can write: days, from, to."""

    windows = forms.CharField(
        label=gettext_lazy("Maintenance hours"), required=False, max_length=2_000,
        widget=widgets.area(4, placeholder="1-7 01:00-05:00"),
        help_text=gettext_lazy(
            "One a line, in the shop's time: days 1 (Monday) to 7, from-to. 6-7 00:00-24:00. "
            "Dates shown to buyers move by it."
        ),
    )  # fmt: skip

    def clean_windows(self) -> list[dict[str, object]]:
        found = []
        for line in self.cleaned_data["windows"].splitlines():
            if line.strip():
                found.append(_window(line))
        return found


def windows_text(stored: Sequence[Mapping[str, Any]]) -> str:
    """Stored windows as the lines of the form."""
    return "\n".join(
        f"{','.join(str(day + 1) for day in raw.get('days', range(7)))} "
        f"{raw['starts']}-{raw['ends']}"
        for raw in stored
    )


def _window(line: str) -> dict[str, object]:
    wrong = forms.ValidationError(_("This line cannot be read: %(line)s") % {"line": line[:40]})
    days_text, _blank, hours = line.strip().partition(" ")
    starts, _dash, ends = hours.strip().partition("-")
    days: set[int] = set()
    for part in days_text.split(","):
        first, _dash, last = part.partition("-")
        last = last or first
        if not (first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last) <= 7):
            raise wrong
        days.update(range(int(first) - 1, int(last)))
    if not starts or not ends:
        raise wrong
    return {"days": sorted(days), "starts": starts.strip(), "ends": ends.strip()}


class RecipeText(forms.Form):
    """A recipe as its document."""

    recipe = forms.CharField(
        label=gettext_lazy("Recipe"), max_length=CHARS_MAX,
        widget=widgets.area(28, **widgets.SECRET),
    )  # fmt: skip

    def clean_recipe(self) -> dict[str, Any]:
        try:
            found = json.loads(self.cleaned_data["recipe"])
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is not JSON.")) from None
        if not isinstance(found, dict):
            raise forms.ValidationError(_("A recipe is one JSON object."))
        return found


class OfferForm(forms.Form):
    """What a supplier sells for one of our variants."""

    variant = forms.ModelChoiceField(
        label=gettext_lazy("Our variant"), queryset=Variant.everywhere.none(),
        widget=widgets.select(),
    )  # fmt: skip
    goods = forms.CharField(
        label=gettext_lazy("Its goods number"), max_length=80, widget=widgets.text()
    )
    unit_cost = forms.CharField(
        label=gettext_lazy("Costs apiece (yuan, up to four decimals)"), max_length=20,
        widget=widgets.text(inputmode="decimal"),
    )  # fmt: skip
    guard_percent = forms.IntegerField(
        label=gettext_lazy("Pay at most this much more (%)"), initial=0, min_value=0,
        max_value=100, widget=widgets.number(),
    )  # fmt: skip
    quantity_max = forms.IntegerField(
        label=gettext_lazy("At most pieces at once"), required=False, min_value=1,
        max_value=100_000, widget=widgets.number(),
    )  # fmt: skip
    rank = forms.IntegerField(
        label=gettext_lazy("Place"), initial=0, min_value=-1_000, max_value=1_000,
        help_text=gettext_lazy("Smaller is tried first, whatever it costs; equal ones by price."),
        widget=widgets.number(),
    )  # fmt: skip
    shelf_per_day = forms.IntegerField(
        label=gettext_lazy("Pieces a day onto our shelf"), initial=0, min_value=0,
        max_value=1_000_000, widget=widgets.number(),
    )  # fmt: skip
    field_map = forms.CharField(
        label=gettext_lazy("Names of the buyer's fields there"), required=False, max_length=2_000,
        widget=widgets.area(3, placeholder="account = recharge_account"),
        help_text=gettext_lazy("One a line: our key = its name. Others keep their key."),
    )  # fmt: skip
    enabled = forms.BooleanField(label=gettext_lazy("May be bought"), required=False, initial=True)

    def __init__(self, *args: Any, variants: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if variants is None:
            del self.fields["variant"]
        else:
            choice = self.fields["variant"]
            assert isinstance(choice, forms.ModelChoiceField)
            choice.queryset = variants
            choice.label_from_instance = _variant_name  # type: ignore[assignment,method-assign]

    def clean_unit_cost(self) -> int:
        try:
            cost = money.parse_unit_price(self.cleaned_data["unit_cost"].lstrip("¥￥").strip())
        except money.NotMoney:
            cost = 0
        if not cost:
            raise forms.ValidationError(_("A price like 9.9 or 9.8765."))
        return cost

    def clean_field_map(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["field_map"].splitlines():
            ours, _sign, theirs = (part.strip() for part in line.partition("="))
            if line.strip() and not (ours and theirs):
                raise forms.ValidationError(_("One a line: our key = its name."))
            if ours:
                found[ours] = theirs
        return found

    @property
    def ask(self) -> suppliers.OfferAsk:
        told = self.cleaned_data
        return suppliers.OfferAsk(
            goods=told["goods"],
            unit_cost_hao=told["unit_cost"],
            **{
                name: told[name]
                for name in (
                    "guard_percent", "quantity_max", "rank", "shelf_per_day", "field_map",
                    "enabled",
                )
            },
        )  # fmt: skip


def offer_of(row: Offer) -> dict[str, object]:
    """An offer as the form shows it."""
    same = ("goods", "guard_percent", "quantity_max", "rank", "shelf_per_day", "enabled")
    return {name: getattr(row, name) for name in same} | {
        "unit_cost": money.unit_price(row.unit_cost_hao),
        "field_map": "\n".join(f"{ours} = {theirs}" for ours, theirs in row.field_map.items()),
    }


def _variant_name(variant: Variant) -> str:
    return f"{variant.product.title} · {variant.title}"


def _name(setting: Setting) -> str:
    return f"setting_{setting.name}"


def _field(setting: Setting, known: Mapping[str, str] | None) -> forms.Field:
    label = LABELS.get(setting.name, setting.name)
    shown = (known or {}).get(setting.name) or setting.default or ""
    if setting.choices:
        return forms.ChoiceField(
            label=label, choices=[(one, one) for one in setting.choices], initial=shown,
            widget=widgets.select(),
        )  # fmt: skip
    hint = ""
    if setting.secret:
        hint = _("Kept sealed and never shown. Leave it empty to keep the present one.")
        if known is None:
            hint = _("Kept sealed and never shown again.")
    return forms.CharField(
        label=label,
        help_text=hint,
        required=setting.default is None and not (setting.secret and known is not None),
        max_length=SETTING_CHARS_MAX,
        initial="" if setting.secret else shown,
        widget=widgets.SecretText(widgets.SECRET) if setting.secret else widgets.text(),
    )
