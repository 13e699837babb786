"""The editor of a product's typed fields: one row a field, made from and into the stored list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import problems, widgets
from daoda.trade.catalog.rules.fields import FIELDS_MAX, TYPES, VALUE_CHARS_MAX, WORDS_CHARS_MAX

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPE_WORDS: Mapping[str, StrOrPromise] = {
    "account": gettext_lazy("Account (no blanks)"),
    "phone": gettext_lazy("Phone number"),
    "number": gettext_lazy("Digits"),
    "email": gettext_lazy("Email"),
    "choice": gettext_lazy("One of several"),
    "text": gettext_lazy("Text"),
}
_OWN_NAME = re.compile(r"field_(\d+)")


class FieldRow(forms.Form):
    """One field a buyer must fill."""

    label_zh = forms.CharField(
        label=gettext_lazy("Name in Chinese"), max_length=WORDS_CHARS_MAX, widget=widgets.text()
    )
    label_en = forms.CharField(
        label=gettext_lazy("Name in English"),
        required=False,
        max_length=WORDS_CHARS_MAX,
        widget=widgets.text(),
    )
    type = forms.ChoiceField(
        label=gettext_lazy("What is typed"),
        choices=[(name, TYPE_WORDS[name]) for name in TYPE_WORDS if name in TYPES],
        initial="account",  # an empty row is left alone only while nothing of it differs
        widget=widgets.select(),
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=20_000,
        widget=widgets.area(3, placeholder="cn = 国服 = China"),
        help_text=gettext_lazy("Only for “one of several”. One a line: value = Chinese = English."),
    )
    help_zh = forms.CharField(
        label=gettext_lazy("Hint in Chinese"),
        required=False,
        max_length=WORDS_CHARS_MAX,
        widget=widgets.text(),
    )
    help_en = forms.CharField(
        label=gettext_lazy("Hint in English"),
        required=False,
        max_length=WORDS_CHARS_MAX,
        widget=widgets.text(),
    )
    required = forms.BooleanField(
        label=gettext_lazy("Must be filled"), required=False, initial=True
    )
    confirm = forms.BooleanField(
        label=gettext_lazy("Shown again before paying, to be confirmed"),
        required=False,
        initial=True,
    )
    secret = forms.BooleanField(
        label=gettext_lazy("Secret: shown as dots, in full only on request"), required=False
    )
    length_min = forms.IntegerField(
        label=gettext_lazy("At least characters"),
        required=False,
        min_value=1,
        max_value=VALUE_CHARS_MAX,
        widget=widgets.number(),
    )
    length_max = forms.IntegerField(
        label=gettext_lazy("At most characters"),
        required=False,
        min_value=1,
        max_value=VALUE_CHARS_MAX,
        widget=widgets.number(),
    )
    pattern = forms.CharField(
        label=gettext_lazy("Format"),
        required=False,
        max_length=200,
        widget=widgets.text(placeholder="[0-9]{9}"),
        help_text=gettext_lazy("A simple regular expression the whole answer must fit."),
    )
    name = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=31,
        widget=widgets.text(),
        help_text=gettext_lazy("By which programs know it. Orders placed before keep their key."),
    )


class _Place(forms.NumberInput):
    """The place of a row, looking like every other input."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "input", "inputmode": "numeric", **(attrs or {})})


class _Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable when the program runs
    ordering_widget = _Place


FieldRows = forms.formset_factory(
    FieldRow,
    _Rows,
    extra=1,
    can_delete=True,
    can_order=True,
    max_num=FIELDS_MAX,
    absolute_max=FIELDS_MAX,
)


def rows(stored: Sequence[Any], data: Any = None) -> Any:
    """The stored fields as rows to edit, and one empty row."""
    return FieldRows(data, initial=[_row(item) for item in stored], prefix="fields")


def definition(filled: Any) -> tuple[list[dict[str, Any]], list[forms.Form]]:
    """The rows as the list to be stored, in their order, and the row behind each entry."""
    kept = [
        form
        for form in filled.forms
        if form.cleaned_data.get("label_zh") and form not in filled.deleted_forms
    ]
    kept.sort(key=lambda form: form.cleaned_data.get("ORDER") or FIELDS_MAX + 1)
    taken = {form.cleaned_data["name"] for form in kept}
    return [_item(form.cleaned_data, taken) for form in kept], kept


def show(filled: Any, kept: Sequence[forms.Form], refused: Mapping[str, str]) -> list[str]:
    """Put each problem of the definition on its row; those of the whole are returned in words."""
    whole = []
    for place, code in refused.items():
        position = int(place.rpartition(".")[2]) if place.startswith("fields.") else len(kept)
        if position >= len(kept):
            whole.append(problems.words(code))
            continue
        beside = {
            "label": "label_zh", "help": "help_zh", "length": "length_min", "name_twice": "name",
        }.get(code, "pattern" if code.startswith("pattern") else code)  # fmt: skip
        form = kept[position]
        form.add_error(beside if beside in form.fields else None, problems.words(code))
    return whole


def _row(item: Any) -> dict[str, Any]:
    label, hint = item.get("label", {}), item.get("help", {})
    return {
        "label_zh": label.get("zh", ""),
        "label_en": label.get("en", ""),
        "help_zh": hint.get("zh", ""),
        "help_en": hint.get("en", ""),
        "type": item.get("type"),
        "choices": "\n".join(_line(choice) for choice in item.get("choices", [])),
        "required": item.get("required", True),
        "confirm": item.get("confirm", True),
        "secret": item.get("secret", False),
        "length_min": item.get("length_min"),
        "length_max": item.get("length_max"),
        "pattern": item.get("pattern", ""),
        "name": item.get("name", ""),
    }


def _line(choice: Mapping[str, Any]) -> str:
    label = choice.get("label", {})
    parts = [choice.get("value", ""), label.get("zh", ""), label.get("en", "")]
    return " = ".join(part for part in parts if part)


def _item(row: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": row["name"] or _free_name(taken),
        "type": row["type"],
        "label": _words(row["label_zh"], row["label_en"]),
        "required": row["required"],
        "confirm": row["confirm"],
        "secret": row["secret"],
    }
    if hint := _words(row["help_zh"], row["help_en"]):
        item["help"] = hint
    if row["type"] == "choice":
        item["choices"] = [_choice(line) for line in row["choices"].splitlines() if line.strip()]
    for name in ("length_min", "length_max", "pattern"):
        if row[name]:
            item[name] = row[name]
    return item


def _choice(line: str) -> dict[str, Any]:
    value, chinese, english, *_more = [*(part.strip() for part in line.split("=")), "", ""]
    return {"value": value, "label": _words(chinese or value, english)}


def _words(chinese: str, english: str) -> dict[str, str]:
    return {code: text for code, text in (("zh", chinese), ("en", english)) if text}


def _free_name(taken: set[str]) -> str:
    numbers = [int(found[1]) for name in taken if (found := _OWN_NAME.fullmatch(name))]
    name = f"field_{max(numbers, default=0) + 1}"
    taken.add(name)
    return name
