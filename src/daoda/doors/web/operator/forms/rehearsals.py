"""The day an operator wants to see before it comes: the form, from and into its stored form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.trade.catalog.models import Variant
from daoda.watch.rehearsals.actions import NAME_CHARS_MAX
from daoda.watch.rehearsals.rules import CURVE_ROWS_MAX, PLAYED_MAX

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PRESETS: Mapping[str, StrOrPromise] = {
    "quiet": gettext_lazy("A quiet day"),
    "weekend": gettext_lazy("A weekend"),
    "sale": gettext_lazy("A sale day of 50,000 orders"),
}
PROBLEMS: Mapping[str, StrOrPromise] = {
    "missing": gettext_lazy("Fill this in."),
    "unknown": gettext_lazy("This is not on sale (any more)."),
    "not_a_number": gettext_lazy("This is no number."),
    "not_whole": gettext_lazy("A whole number, please."),
    "too_small": gettext_lazy("This is too little."),
    "too_large": gettext_lazy("This is too much."),
    "not_a_time": gettext_lazy("A time of day, like 18:30; the end of the day is 24:00."),
    "not_a_date": gettext_lazy("A date, like 2026-11-28."),
    "not_rising": gettext_lazy("This must be later than what stands before it."),
    "empty": gettext_lazy("Nobody would order anything."),
    "too_many": gettext_lazy("These are more than a rehearsal can stand for."),
    "twice": gettext_lazy("This stands here twice."),
    "not_an_id": gettext_lazy("This is not on sale (any more)."),
}
ONE_IN_TOO_SMALL = gettext_lazy(
    "A rehearsal plays at most %(most)s orders: let one stand for more of them."
)
_EMPTY_ROWS = 3
_MINUTE_S, _HOUR_S = 60, 3600
# What is typed in another unit than it is kept in: the field, where it is kept, seconds a unit.
_TIMES = (
    ("pays_median", "paying.takes.median_s", _MINUTE_S),
    ("pays_p90", "paying.takes.p90_s", _MINUTE_S),
    ("notice_median", "paying.notice.median_s", 1),
    ("notice_p90", "paying.notice.p90_s", 1),
    ("agents_median", "agents.takes.median_s", _MINUTE_S),
    ("agents_p90", "agents.takes.p90_s", _MINUTE_S),
    ("supplier_median", "supplier.takes.median_s", _MINUTE_S),
    ("supplier_p90", "supplier.takes.p90_s", _MINUTE_S),
    ("restock_after", "restock.after_s", _HOUR_S),
)
_PLAIN = (
    ("date", "date"), ("ends", "ends"), ("agents_at_once", "agents.at_once"),
    ("agents_starts", "agents.starts"), ("agents_ends", "agents.ends"),
    ("supplier_at_once", "supplier.at_once"), ("supplier_starts", "supplier.starts"),
    ("supplier_ends", "supplier.ends"), ("restock_codes", "restock.codes"),
    ("one_in", "one_in"), ("seed", "seed"),
)  # fmt: skip


def _amount(label: StrOrPromise, **more: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label, widget=widgets.number(min=0, step="any", inputmode="decimal"), **more
    )


def _count(label: StrOrPromise, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, widget=widgets.number(min=0), **more)


def _clock(label: StrOrPromise) -> forms.CharField:
    return forms.CharField(label=label, max_length=5, widget=widgets.text(placeholder="18:30"))


_HALF = gettext_lazy("Half of them within (minutes)")
_NINE = gettext_lazy("Nine of ten within (minutes)")
_FROM = pgettext_lazy("hours", "From")
_TO = pgettext_lazy("hours", "To")


class Day(forms.Form):
    """Everything of a day but its curve and its mix, which are rows."""

    name = forms.CharField(
        label=gettext_lazy("What you call it"),
        required=False,
        max_length=NAME_CHARS_MAX,
        widget=widgets.text(),
    )
    date = forms.DateField(
        label=gettext_lazy("Which day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={**widgets.INPUT, "type": "date"}),
        help_text=gettext_lazy("Weekdays and hours of your date rules are those of this day."),
    )
    ends = _clock(gettext_lazy("The last order comes before"))
    pays_share = _amount(gettext_lazy("How many of a hundred pay"), max_value=100)
    pays_median = _amount(_HALF)
    pays_p90 = _amount(_NINE)
    notice_median = _amount(gettext_lazy("Half of the notices within (seconds)"))
    notice_p90 = _amount(gettext_lazy("Nine of ten within (seconds)"))
    agents_at_once = _count(gettext_lazy("Orders they work on at once"))
    agents_median = _amount(_HALF)
    agents_p90 = _amount(_NINE)
    agents_starts = _clock(_FROM)
    agents_ends = _clock(_TO)
    supplier_at_once = _count(gettext_lazy("Orders they work on at once"))
    supplier_median = _amount(_HALF)
    supplier_p90 = _amount(_NINE)
    supplier_starts = _clock(_FROM)
    supplier_ends = _clock(_TO)
    restock_codes = _count(
        gettext_lazy("Codes that come then"),
        help_text=gettext_lazy("0: nothing comes that day."),
    )
    restock_after = _amount(gettext_lazy("After so many hours"))
    one_in = _count(
        gettext_lazy("Of orders from the shelf, play one in"),
        help_text=gettext_lazy(
            "1 plays every order; a thousand take about a minute on a small machine. Orders that "
            "people deliver are played every one."
        ),
    )
    seed = _count(
        gettext_lazy("Throw of the dice"),
        help_text=gettext_lazy("The same number gives the same day again."),
    )


class Stretch(forms.Form):
    """From when on, how many orders a minute."""

    starts = forms.CharField(
        label=pgettext_lazy("hours", "From"),
        required=False,
        max_length=5,
        widget=widgets.text(),
    )
    per_minute = _amount(gettext_lazy("Orders a minute"), required=False)


class Part(forms.Form):
    """A variant, how often it is ordered beside the others, and how many at a time."""

    variant = forms.UUIDField(widget=forms.HiddenInput)
    share = _amount(gettext_lazy("Share"), required=False)
    quantity = forms.IntegerField(
        label=gettext_lazy("Pieces"), required=False, widget=widgets.number(min=1)
    )


Stretches = forms.formset_factory(
    Stretch, extra=_EMPTY_ROWS, max_num=CURVE_ROWS_MAX, absolute_max=CURVE_ROWS_MAX
)
Parts = forms.formset_factory(Part, extra=0, max_num=200, absolute_max=200)


class Wanted:
    """The whole form: the day, its curve and its mix, filled from a stored day or by a person."""

    def __init__(
        self, stored: Mapping[str, Any], *, variants: Sequence[Variant], data: Any = None
    ) -> None:
        self.day = Day(data, initial=_initial(stored))
        rows = [{"starts": row["from"], "per_minute": row["per_minute"]} for row in stored["curve"]]
        self.curve = Stretches(data, initial=rows, prefix="curve")
        by_variant = {part["variant"]: part for part in stored["mix"]}
        parts = [
            {
                "variant": variant.pk.hex,
                "share": by_variant.get(variant.pk.hex, {}).get("share", 0),
                "quantity": by_variant.get(variant.pk.hex, {}).get("quantity", 1),
            }
            for variant in variants
        ]
        self.mix = Parts(data, initial=parts, prefix="mix")
        self.names = {variant.pk: variant for variant in variants}
        self.whole: list[str] = []

    def is_valid(self) -> bool:
        """Whether it can be read at all; what the day must hold, its rules say."""
        return bool(self.day.is_valid() & self.curve.is_valid() & self.mix.is_valid())

    @property
    def stored(self) -> dict[str, Any]:
        """The day as it was typed, in its stored form."""
        typed = self.day.cleaned_data
        day: dict[str, Any] = {
            "curve": [
                {"from": row["starts"], "per_minute": row["per_minute"] or 0}
                for row in self._stretches()
            ],
            "mix": [
                {
                    "variant": row["variant"].hex,
                    "share": row["share"],
                    "quantity": row["quantity"] or 1,
                }
                for row in self._parts()
            ],
        }
        for name, place in _PLAIN:
            _put(day, place, typed[name])
        for name, place, unit_s in _TIMES:
            _put(day, place, typed[name] * unit_s)
        _put(day, "paying.share", typed["pays_share"] / 100)
        day["date"] = typed["date"].isoformat()
        return day

    def show(self, problems: Mapping[str, str]) -> None:
        """Put what is wrong with the day where it was typed; the rest is told of the whole."""
        fields = {place: name for name, place in _PLAIN}
        fields |= {place: name for name, place, _unit_s in _TIMES}
        fields["paying.share"] = "pays_share"
        for place, code in problems.items():
            words = PROBLEMS.get(code, code)
            if place == "one_in" and code == "too_small":
                words = ONE_IN_TOO_SMALL % {"most": f"{PLAYED_MAX:,}"}
            if place in fields:
                self.day.add_error(fields[place], str(words))
            elif not self._beside(place, str(words)):
                self.whole.append(str(words))

    def _beside(self, place: str, words: str) -> bool:
        table, _sep, rest = place.partition(".")
        number, _sep, name = rest.partition(".")
        rows = {"curve": self._kept(self.curve, "starts"), "mix": self._kept(self.mix, "share")}
        kept = rows.get(table, [])
        if not number.isdecimal() or int(number) >= len(kept):
            return False
        form = kept[int(number)]
        beside = {"from": "starts", "variant": "share"}.get(name, name)
        form.add_error(beside if beside in form.fields else None, words)
        return True

    def _stretches(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self._kept(self.curve, "starts")]

    def _parts(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self._kept(self.mix, "share")]

    @staticmethod
    def _kept(rows: Any, name: str) -> list[Any]:
        return [form for form in rows.forms if getattr(form, "cleaned_data", {}).get(name)]

    def parts(self) -> list[tuple[str, Any]]:
        """Every variant with the row where its share is typed."""
        named = []
        for form in self.mix.forms:
            variant = self.names.get(_uuid(form["variant"].value()))
            name = f"{variant.product.title} · {variant.title}" if variant else ""
            named.append((name, form))
        return named


def _uuid(value: Any) -> Any:
    try:
        return forms.UUIDField().clean(value)
    except forms.ValidationError:
        return None


def _initial(stored: Mapping[str, Any]) -> dict[str, Any]:
    initial = {name: _get(stored, place) for name, place in _PLAIN}
    for name, place, unit_s in _TIMES:
        initial[name] = _plain(_get(stored, place) / unit_s)
    initial["pays_share"] = _plain(_get(stored, "paying.share") * 100)
    return initial


def _plain(number: float) -> float:
    """2 rather than 2.0, and 1.33 rather than all its digits."""
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _get(table: Mapping[str, Any], place: str) -> Any:
    found: Any = table
    for name in place.split("."):
        found = found[name]
    return found


def _put(table: dict[str, Any], place: str, value: Any) -> None:
    *path, last = place.split(".")
    for name in path:
        table = table.setdefault(name, {})
    table[last] = value
