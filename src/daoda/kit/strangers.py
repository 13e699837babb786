"""What strangers send: forms and texts, read strictly, so that two readers never see two things.

A name that comes twice, a broken escape, bytes that are not UTF-8 are errors: what a signature
covers and what we act on must be the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

FIELDS_MAX = 200

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(ValueError):
    """The bytes do not follow the format; the text says how, without repeating them."""


def parse_form(raw: bytes, *, bytes_max: int) -> dict[str, str]:
    """A form body or query string as decoded text by name. Raises Unreadable."""
    if len(raw) > bytes_max:
        raise Unreadable(f"longer than {bytes_max} bytes")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("has bytes a form cannot have") from None
    fields: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        name = _decoded(name)
        if not name or name in fields:
            raise Unreadable("a field has no name" if not name else "a field comes twice")
        fields[name] = _decoded(value)
        if len(fields) > FIELDS_MAX:
            raise Unreadable(f"more than {FIELDS_MAX} fields")
    if not fields:
        raise Unreadable("is empty")
    return fields


def storable(value: str) -> str:
    """A text that PostgreSQL can hold. Raises Unreadable.

    Neither NUL nor half of a surrogate pair: nobody sends them honestly.
    """
    if _UNSTORABLE.search(value):
        raise Unreadable("has characters no text has")
    return value


def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names come once and are storable, as its texts: for ``json.loads``.

    Raises Unreadable.
    """
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise Unreadable("a name comes twice")
        if isinstance(value, str):
            storable(value)
        fields[storable(name)] = value
    return fields


def _decoded(text: str) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise Unreadable("has a broken escape")
    try:
        value = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8") from None
    return storable(value)
