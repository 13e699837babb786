"""Masking: what may stand in a log, an error or a kept raw copy."""

from __future__ import annotations

import re
from collections.abc import Mapping

HIDDEN = "***"
_SECRET_NAMES = re.compile(
    r"(pass|secret|token|sign(ature)?$|^key$|_key$|apikey|api_key|authorization|cookie|"
    r"^codes?$|card|otp|private|credential)",
    re.IGNORECASE,
)
_LINKS = re.compile(r"(/(?:o|live/orders)/)[^/\s?'\"<>]+")
# An address begins where a word begins: tried from every letter of a long word to its end,
# whoever sends such words would hold up the door.
_PERSONAL = re.compile(
    r"(?<![\w.+*-])[\w.+*-]+(?:@|%40)[\w-]+\.[\w.+*-]+"  # mail address
    r"|(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9])"  # mobile phone
    r"|(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx](?![0-9])"  # id
)
_PERSONAL_NAMES = re.compile(r"(phone|mobile|email|logon|login|payer|buyer|openid|contact)", re.I)


def text(value: str, *, keep_start: int = 0, keep_end: int = 0) -> str:
    """Hide the middle of a text; a text too short to keep anything is hidden whole."""
    if len(value) <= keep_start + keep_end + 2:
        return HIDDEN
    return value[:keep_start] + HIDDEN + (value[-keep_end:] if keep_end else "")


def personal(value: str) -> str:
    """A text without the mail addresses, mobile phones and identity numbers in it."""
    return _PERSONAL.sub(HIDDEN, value)


def by_name(name: str, value: object) -> object:
    """The value as it may be shown under this field name."""
    if isinstance(value, Mapping):
        return HIDDEN if _SECRET_NAMES.search(name) else fields(value)
    if isinstance(value, list | tuple):
        return [by_name(name, item) for item in value]
    if _SECRET_NAMES.search(name):
        return HIDDEN
    if _PERSONAL_NAMES.search(name) and isinstance(value, str):
        return text(value, keep_start=1, keep_end=2)
    return value


def links(value: str) -> str:
    """A text without the secret part of the links by which an order is opened."""
    return _LINKS.sub(rf"\1{HIDDEN}", value)


def fields(values: Mapping[str, object]) -> dict[str, object]:
    """A flat or nested mapping with secrets hidden and personal values shortened."""
    return {name: by_name(name, value) for name, value in values.items()}
