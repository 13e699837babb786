"""Why the catalogue refuses something, in words beside the field that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORDS: Mapping[str, StrOrPromise] = {
    "required": gettext_lazy("This is needed."),
    "blank": gettext_lazy("This is needed."),
    "max_length": gettext_lazy("This is too long."),
    "invalid": gettext_lazy("This cannot be used."),
    "unknown": gettext_lazy("This cannot be chosen."),
    "taken": gettext_lazy("Another one has this already."),
    "below_price": gettext_lazy("A price struck through is not below the price."),
    "out_of_range": gettext_lazy("This amount is not possible."),
    "before_start": gettext_lazy("It would end before it begins."),
    "none_published": gettext_lazy("Offer at least one variant first."),
    "unreadable": gettext_lazy("This cannot be read."),
    "never_done": gettext_lazy("With these hours the work would never be done."),
    "too_many": gettext_lazy("These are too many."),
    "price_rises": gettext_lazy("Buying more must not cost more apiece."),
    "quantity_twice": gettext_lazy("A quantity stands there twice."),
    "quantity_out_of_range": gettext_lazy("A step begins at 2 to 1,000 pieces."),
    "price_out_of_range": gettext_lazy("A price is 0.01 to 1,000,000 yuan."),
    "too_big": gettext_lazy("The picture is larger than 8 MB."),
    "too_many_pixels": gettext_lazy("The picture has more than 40 million pixels."),
    "too_many_fields": gettext_lazy("At most 12 fields."),
    "name": gettext_lazy("The key begins with a letter: small letters, digits and _."),
    "name_twice": gettext_lazy("Another field has this key."),
    "label": gettext_lazy("Write its Chinese name, at most 300 characters."),
    "help": gettext_lazy("The hint is too long: at most 300 characters."),
    "length": gettext_lazy("Lengths go from 1 to 200, the shorter one first."),
    "choices": gettext_lazy("One choice a line, each once: value = Chinese = English."),
    "pattern_too_long": gettext_lazy("The format is longer than 200 characters."),
    "pattern_not_simple": gettext_lazy("The format may not have groups or special signs."),
    "pattern_too_open": gettext_lazy("The format has too many open repetitions."),
    "pattern_unreadable": gettext_lazy("The format cannot be read."),
}


def words(code: str) -> str:
    """A code in words."""
    return str(WORDS.get(code) or _("This cannot be used."))


def show(form: forms.Form, problems: Mapping[str, str], **instead: str) -> None:
    """Put each problem beside its field; ``instead`` renames fields, others stand above all."""
    for name, code in problems.items():
        field = instead.get(name, name.removesuffix("_id"))
        form.add_error(field if field in form.fields else None, words(code))
