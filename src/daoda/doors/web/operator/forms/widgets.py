"""The inputs of the desk: the pieces' look, told to keyboards and password stores what they are."""

from __future__ import annotations

from typing import Any

from django import forms

from daoda.kit import money

INPUT = {"class": "input"}
QUIET = {**INPUT, "autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}


def text(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={**QUIET, **attributes})


def area(rows: int, **attributes: Any) -> forms.Textarea:
    return forms.Textarea(attrs={**INPUT, "rows": rows, **attributes})


def select(**attributes: Any) -> forms.Select:
    return forms.Select(attrs={**INPUT, **attributes})


def number(**attributes: Any) -> forms.NumberInput:
    return forms.NumberInput(attrs={**INPUT, "inputmode": "numeric", **attributes})


class SecretText(forms.TextInput):
    """Goes in and never comes out, not even to whoever just typed it beside another mistake.

    Not a password field: password stores would offer to keep it, and to fill it in.
    """

    def format_value(self, value: Any) -> str | None:
        return None


class SecretArea(forms.Textarea):
    """As ``SecretText``, for keys of many lines."""

    def format_value(self, value: Any) -> str | None:
        return None


SECRET = {**QUIET, "class": "input code-in"}


class Moment(forms.DateTimeField):
    """A day and time from a browser's own picker, in the reader's zone; of this century or the
    next, because a calendar beyond them is a slip of the finger that no page could show."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={**INPUT, "type": "datetime-local"})

    def clean(self, value: Any) -> Any:
        at = super().clean(value)
        if at is not None and not 2000 <= at.year < 2200:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return at


class Yuan(forms.CharField):
    """An amount of yuan as typed ("12.5", "¥12.50"), fen as cleaned; None for an empty one."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", text(inputmode="decimal"))
        options.setdefault("max_length", 20)
        self.wrong = options.pop("wrong")
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return money.yuan(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return money.parse_yuan(typed.lstrip("¥￥").strip())
        except money.NotMoney:
            raise forms.ValidationError(self.wrong) from None
