"""The typed fields a buyer must fill (account, server, telephone …): read, checked, echoed.

Stored as JSON on the product, a list of::

    {"name": "uid", "type": "number", "label": {"zh": "角色编号", "en": "Player number"},
     "help": {"zh": "…", "en": "…"}, "pattern": "[0-9]{9}", "length_min": 9, "length_max": 9,
     "required": true, "choices": [{"value": "eu", "label": {"zh": "欧服", "en": "Europe"}}],
     "confirm": true, "secret": false}

Errors are codes with parameters; the door has the words. Weakness: a check finds what cannot be
an account, never what is somebody else's account; that is what the echo is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any, Literal, NamedTuple, get_args

from daoda.trade.catalog.rules.patterns import matches, pattern_problem

FieldType = Literal["text", "phone", "email", "number", "choice", "account"]
TYPES: tuple[FieldType, ...] = get_args(FieldType)
FIELDS_MAX = 12
CHOICES_MAX = 200
VALUE_CHARS_MAX = 200
WORDS_CHARS_MAX = 300

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# What copying from a chat leaves behind and nobody sees: zero-width and direction marks.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_PHONE_CN = re.compile(r"1[3-9]\d{9}", re.ASCII)
_PHONE_ABROAD = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
_NUMBER = re.compile(r"\d+", re.ASCII)


class Problem(NamedTuple):
    """What is wrong with a definition: at which field (by position), which code."""

    position: int
    code: str


class FieldError(NamedTuple):
    """Why an answer is refused: a code and what the words need."""

    code: str
    params: dict[str, int | str]


@dataclass(frozen=True)
class Choice:
    value: str
    label: Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One thing to fill. Lengths in characters after cleaning.

    ``confirm``: echoed before paying, to be confirmed; ``secret``: shown masked.
    """

    name: str
    type: FieldType
    label: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""
    length_min: int = 1
    length_max: int = VALUE_CHARS_MAX
    required: bool = True
    choices: tuple[Choice, ...] = ()
    confirm: bool = True
    secret: bool = False


_KEYS = frozenset(item.name for item in dataclass_fields(Field))


def check_fields(
    fields: Iterable[Field], answers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, FieldError]]:
    """What was typed, cleaned, and what is wrong with it, each by field name.

    Answers to fields that do not exist are dropped; an empty answer to an optional field is kept
    as an empty text.
    """
    clean: dict[str, str] = {}
    errors: dict[str, FieldError] = {}
    for one in fields:
        value, error = _check(one, answers.get(one.name, ""))
        if error is None:
            clean[one.name] = value
        else:
            errors[one.name] = error
    return clean, errors


def echo(fields: Iterable[Field], clean: Mapping[str, str]) -> list[tuple[Field, str]]:
    """What the buyer confirms once more before paying, in the order of the fields."""
    return [(one, clean[one.name]) for one in fields if one.confirm and clean.get(one.name)]


def _check(one: Field, typed: str) -> tuple[str, FieldError | None]:
    if len(typed) > VALUE_CHARS_MAX * 2:
        return "", FieldError("too_long", {"length_max": one.length_max})
    value = _INVISIBLE.sub("", typed).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return "", FieldError("control_character", {})
    if not value:
        return "", FieldError("required", {}) if one.required else None
    value, wrong = _CLEANERS[one.type](one, value)
    if wrong:
        return "", FieldError(wrong, {})
    return value, _check_shape(one, value)


def _check_shape(one: Field, value: str) -> FieldError | None:
    if len(value) < one.length_min:
        return FieldError("too_short", {"length_min": one.length_min})
    if len(value) > one.length_max:
        return FieldError("too_long", {"length_max": one.length_max})
    if one.pattern and not matches(one.pattern, value):
        return FieldError("pattern", {})
    return None


def _text(one: Field, value: str) -> tuple[str, str]:
    return value if one.secret else unicodedata.normalize("NFC", value), ""


def _phone(_one: Field, value: str) -> tuple[str, str]:
    digits = re.sub(r"[\s()\-.]", "", _half_width(value))
    digits = re.sub(r"^(?:\+86|0086)(?=1)", "", digits)
    fits = _PHONE_CN.fullmatch(digits) or _PHONE_ABROAD.fullmatch(digits)
    return digits, "" if fits else "not_phone"


def _email(_one: Field, value: str) -> tuple[str, str]:
    address = _half_width(value)
    return address, "" if _EMAIL.fullmatch(address) else "not_email"


def _number(_one: Field, value: str) -> tuple[str, str]:
    digits = _half_width(value)
    return digits, "" if _NUMBER.fullmatch(digits) else "not_number"


def _choice(one: Field, value: str) -> tuple[str, str]:
    known = any(choice.value == value for choice in one.choices)
    return value, "" if known else "not_a_choice"


def _account(_one: Field, value: str) -> tuple[str, str]:
    name = _half_width(value)
    return name, "blank_inside" if any(character.isspace() for character in name) else ""


def _half_width(value: str) -> str:
    """Digits and letters as Chinese input methods type them, made ASCII."""
    return unicodedata.normalize("NFKC", value).strip()


_CLEANERS: dict[FieldType, Callable[[Field, str], tuple[str, str]]] = {
    "text": _text,
    "phone": _phone,
    "email": _email,
    "number": _number,
    "choice": _choice,
    "account": _account,
}


def read_fields(raw: object) -> tuple[tuple[Field, ...], list[Problem]]:
    """The fields of a product from its stored JSON, and every problem of the definition.

    With problems the fields are not complete and must not be published.
    """
    if not isinstance(raw, list):
        return (), [Problem(0, "not_a_list")]
    if len(raw) > FIELDS_MAX:
        return (), [Problem(FIELDS_MAX, "too_many_fields")]
    fields: list[Field] = []
    problems: list[Problem] = []
    for position, item in enumerate(raw):
        code = _definition_problem(item)
        if code is None and any(item["name"] == other.name for other in fields):
            code = "name_twice"
        if code is None:
            fields.append(_build(item))
        else:
            problems.append(Problem(position, code))
    return tuple(fields), problems


def _definition_problem(item: Any) -> str | None:
    if not isinstance(item, dict):
        return "not_an_object"
    checks: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
        ("unknown_key", lambda item: set(item) <= _KEYS),
        ("name", lambda item: isinstance(item.get("name"), str) and bool(_named(item))),
        ("type", lambda item: item.get("type") in TYPES),
        ("label", lambda item: _is_words(item.get("label")) and bool(item["label"].get("zh"))),
        ("help", lambda item: _is_words(item.get("help", {}))),
        ("flag", _flags_fit),
        ("length", _lengths_fit),
        ("choices", _choices_fit),
    )
    failed = next((code for code, holds in checks if not holds(item)), None)
    if failed:
        return failed
    pattern = item.get("pattern", "")
    return pattern_problem(pattern) if isinstance(pattern, str) else "pattern_unreadable"


def _named(item: dict[str, Any]) -> re.Match[str] | None:
    return _NAME.fullmatch(item["name"])


def _flags_fit(item: dict[str, Any]) -> bool:
    return all(isinstance(item.get(key, True), bool) for key in ("required", "confirm", "secret"))


def _lengths_fit(item: dict[str, Any]) -> bool:
    least, most = item.get("length_min", 1), item.get("length_max", VALUE_CHARS_MAX)
    if type(least) is not int or type(most) is not int:
        return False
    return 1 <= least <= most <= VALUE_CHARS_MAX


def _choices_fit(item: dict[str, Any]) -> bool:
    choices = item.get("choices", [])
    if not isinstance(choices, list) or len(choices) > CHOICES_MAX:
        return False
    if bool(choices) != (item["type"] == "choice"):
        return False
    values = [choice.get("value") if isinstance(choice, dict) else None for choice in choices]
    return (
        all(isinstance(value, str) and _can_be_chosen(value) for value in values)
        and len(set(values)) == len(values)
        and all(_is_words(choice.get("label")) and choice["label"] for choice in choices)
    )


def _can_be_chosen(value: str) -> bool:
    """Whether the value survives the cleaning its answer goes through."""
    return 0 < len(value) <= VALUE_CHARS_MAX and _INVISIBLE.sub("", value).strip() == value


def _is_words(words: Any) -> bool:
    """A text per language: {"zh": …, "en": …}."""
    return isinstance(words, dict) and all(
        language in ("zh", "en") and isinstance(text, str) and len(text) <= WORDS_CHARS_MAX
        for language, text in words.items()
    )


def _build(item: dict[str, Any]) -> Field:
    choices = tuple(Choice(choice["value"], choice["label"]) for choice in item.get("choices", []))
    return Field(**{**item, "choices": choices})
