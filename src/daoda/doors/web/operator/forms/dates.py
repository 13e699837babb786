"""The editor of a date rule: how long a step takes, and at which hours longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.queries import words
from daoda.records.promises.rules import Rule, Window, parse_window

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DAYS: Sequence[tuple[str, StrOrPromise]] = (
    ("0", pgettext_lazy("weekday", "Mon")),
    ("1", pgettext_lazy("weekday", "Tue")),
    ("2", pgettext_lazy("weekday", "Wed")),
    ("3", pgettext_lazy("weekday", "Thu")),
    ("4", pgettext_lazy("weekday", "Fri")),
    ("5", pgettext_lazy("weekday", "Sat")),
    ("6", pgettext_lazy("weekday", "Sun")),
)
REASONS = ("night", "weekend", "peak", "maintenance", "holiday")
UNITS = (
    ("60", gettext_lazy("minutes")),
    ("3600", gettext_lazy("hours")),
    ("86400", gettext_lazy("days")),
)
SPEEDS = (
    ("0", gettext_lazy("work stands still")),
    ("0.25", gettext_lazy("at a quarter of the speed")),
    ("0.5", gettext_lazy("at half the speed")),
    ("0.75", gettext_lazy("at three quarters of the speed")),
)
SECONDS_MAX = 30 * 86_400
WINDOWS_MAX = 14


class Length(forms.Form):
    """How long the step takes when nothing slows it."""

    amount = forms.IntegerField(
        label=gettext_lazy("It takes"), min_value=1, widget=widgets.number(min=1)
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, widget=widgets.select())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and self.seconds > SECONDS_MAX:
            self.add_error("amount", _("At most 30 days."))
        return cleaned

    @property
    def seconds(self) -> int:
        return int(self.cleaned_data["amount"]) * int(self.cleaned_data["unit"])


class WindowRow(forms.Form):
    """Hours of some weekdays at which the work goes slower, or stands."""

    days = forms.MultipleChoiceField(
        label=gettext_lazy("On"), choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(
        label=gettext_lazy("From"),
        widget=forms.TimeInput({"class": "input", "type": "time"}, format="%H:%M"),
    )
    ends = forms.CharField(
        label=gettext_lazy("Until"),
        max_length=8,
        widget=forms.TextInput({"class": "input", "inputmode": "numeric", "placeholder": "24:00"}),
    )
    speed = forms.ChoiceField(
        label=gettext_lazy("Then"), choices=SPEEDS, initial="0", widget=widgets.select()
    )
    reason = forms.CharField(
        label=gettext_lazy("Because of"),
        max_length=40,
        widget=widgets.text(list="window-reasons"),
        help_text=gettext_lazy("The buyer reads it beside the date."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.initial.get("speed")
        if known and known not in dict(SPEEDS):
            # Published by a program at a speed this form does not offer: it can be kept.
            told = _("at %(share)s of the speed") % {"share": known}
            self.fields["speed"].choices = [*SPEEDS, (known, told)]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_reason(self) -> str:
        typed: str = self.cleaned_data["reason"]
        return {words.reason(code): code for code in REASONS}.get(typed, typed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            parse_window(self.window)
        except ValueError:
            ends = _("A time after the beginning, 24:00 at most; across midnight write two rows.")
            self.add_error("ends", ends)
        return cleaned

    @property
    def window(self) -> dict[str, Any]:
        """The row as it is stored."""
        row = self.cleaned_data
        return {
            "days": sorted(int(day) for day in row["days"]),
            "starts": row["starts"].strftime("%H:%M"),
            "ends": row["ends"].strip(),
            "speed": float(row["speed"]),
            "reason": row["reason"],
        }


WindowRows = forms.formset_factory(
    WindowRow, extra=1, can_delete=True, max_num=WINDOWS_MAX, absolute_max=WINDOWS_MAX
)


def length(rule: Rule, data: Any = None) -> Length:
    """The length of a rule in the largest unit that holds it whole."""
    unit = next(unit for unit in (86_400, 3_600, 60) if rule.seconds % unit == 0 or unit == 60)
    return Length(data, initial={"amount": max(1, rule.seconds // unit), "unit": str(unit)})


def rows(rule: Rule, data: Any = None) -> Any:
    """The windows of a rule as rows, and an empty one."""
    return WindowRows(data, initial=[_row(window) for window in rule.windows], prefix="windows")


def windows(filled: Any) -> list[dict[str, Any]]:
    """The windows that were filled in and not taken out."""
    return [
        form.window
        for form in filled.forms
        if form.cleaned_data.get("days") and form not in filled.deleted_forms
    ]


def _row(window: Window) -> Mapping[str, Any]:
    return {
        "days": [str(day) for day in sorted(window.days)],
        "starts": window.starts,
        "ends": "24:00" if window.ends == time.min else window.ends.strftime("%H:%M"),
        "speed": next((s for s, _words in SPEEDS if float(s) == window.speed), str(window.speed)),
        "reason": words.reason(window.reason),
    }
