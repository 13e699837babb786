"""Reading and writing what travels: forms, flat JSON, amounts, copies safe to keep.

Strict where two readers could differ (a name twice, broken escapes, bytes that are not UTF-8):
what a signature covers and what we act on must be the same text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from daoda.kit import masks, strangers
from daoda.kit.http import Answer, NoAnswer
from daoda.kit.money import AMOUNT_FEN_MAX, NotMoney, parse_yuan
from daoda.trade.payments.adapters.base import Notice, Reading, Trouble, Verdict

Unreadable = strangers.Unreadable

BODY_BYTES_MAX = 64 * 1024
FIELDS_MAX = 200
PREVIEW_CHARS = 400
BUSY_WAIT_S = 30

_BEIJING = timezone(timedelta(hours=8))
_DECODER = json.JSONDecoder()
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?")


def parse_form(raw: bytes) -> dict[str, str]:
    """A form body or query string as decoded text by name. Raises Unreadable."""
    return strangers.parse_form(raw, bytes_max=BODY_BYTES_MAX)


def parse_flat_json(raw: bytes) -> dict[str, str | int | None]:
    """One JSON object of texts, whole numbers and nulls, no name twice. Raises Unreadable."""
    if len(raw) > BODY_BYTES_MAX:
        raise Unreadable(f"longer than {BODY_BYTES_MAX} bytes")
    try:
        value = json.loads(raw.decode(), object_pairs_hook=strangers.once)
    except Unreadable:
        raise
    except (ValueError, RecursionError):  # also UnicodeDecodeError and absurdly long numbers
        raise Unreadable("is not JSON") from None
    if not isinstance(value, dict) or not value:
        raise Unreadable("is not a JSON object")
    for name, item in value.items():
        strangers.storable(name)
        if isinstance(item, str):
            strangers.storable(item)
        elif item is not None and type(item) is not int:
            raise Unreadable("has a value that is neither text nor a whole number")
    return value


def parse_json(raw: bytes) -> dict[str, Any]:
    """One JSON object of whatever shape, no name twice, every text storable. Raises Unreadable."""
    if len(raw) > BODY_BYTES_MAX:
        raise Unreadable(f"longer than {BODY_BYTES_MAX} bytes")
    try:
        value = json.loads(raw.decode(), object_pairs_hook=strangers.once)
        _all_storable(value)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON") from None
    if not isinstance(value, dict) or not value:
        raise Unreadable("is not a JSON object")
    return value


def _all_storable(value: object) -> None:
    if isinstance(value, str):
        strangers.storable(value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            strangers.storable(name)
            _all_storable(item)
    elif isinstance(value, list):
        for item in value:
            _all_storable(item)


def inside(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name, an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def text_in(value: Mapping[str, Any], name: str) -> str:
    """The text under a name, empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def units_in(value: Mapping[str, Any], name: str) -> int | None:
    """A positive whole amount under a name, in minor units as the channel counts them."""
    found = value.get(name)
    return found if type(found) is int and 0 < found <= AMOUNT_FEN_MAX else None


def members(text: str) -> dict[str, str]:
    """A JSON object's members, each value as the very text it was sent as. Raises Unreadable."""
    found: dict[str, str] = {}
    try:
        at = _skip(text, 0)
        while text[at] == ("," if found else "{"):
            name, at = _DECODER.raw_decode(text, _skip(text, at + 1))
            at = _skip(text, at)
            if text[at] != ":" or not isinstance(name, str) or name in found:
                raise Unreadable("is not an object, or has a name twice")
            start = _skip(text, at + 1)
            _, end = _DECODER.raw_decode(text, start)
            found[name] = text[start:end]
            at = _skip(text, end)
        if text[at] != "}" or _skip(text, at + 1) != len(text):
            raise Unreadable("is not one object")
    except Unreadable:
        raise
    except (ValueError, IndexError, RecursionError):
        raise Unreadable("is not JSON") from None
    return found


def plain_value(raw: str) -> str:
    """A JSON text as its content, a number as the digits it was written with, else nothing.

    Never by way of a float: 19.90 must stay 19.90. Raises Unreadable.
    """
    try:
        value = json.loads(raw, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise Unreadable("is nested too deep") from None
    return strangers.storable(value) if isinstance(value, str) else ""


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t", "\r", "\n"}:
        at += 1
    return at


def fen(text: str | None, *, decimals: int | None = None) -> int | None:
    """``0.10`` → 10 fen, exactly; None for anything but a positive amount as a vendor writes it.

    ``decimals`` fixes how many digits follow the point, where the vendor fixes it.
    """
    match = _AMOUNT.fullmatch(text or "")
    if match is None or (decimals is not None and len(match[2] or ".") != decimals + 1):
        return None
    try:
        return parse_yuan(match[0]) or None
    except NotMoney:
        return None


def beijing(at: datetime) -> str:
    return at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def from_beijing(text: str | None) -> datetime | None:
    """Chinese channels write their local time without saying so."""
    try:
        return datetime.strptime(f"{text} +0800", "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def not_genuine(verdict: Verdict, *, notice: Notice, detail: str) -> Reading:
    """A reading that says nothing but why; its key is the hash of all that was sent."""
    sent = hashlib.sha256(f"{notice.method} {notice.query}\n".encode(errors="replace"))
    sent.update(notice.body)
    return Reading(verdict=verdict, event_key=f"{verdict}:{sent.hexdigest()}", detail=detail)


def no_use(answer: Answer | NoAnswer) -> Trouble | None:
    """The trouble every channel shares: silence, and statuses that carry no statement."""
    if isinstance(answer, NoAnswer):
        return Trouble("unknown", f"no answer: {answer.reason}")
    if answer.status == 429 or answer.status >= 500:
        return Trouble("retry_after", f"HTTP {answer.status}", wait_s=BUSY_WAIT_S)
    if answer.status in {401, 403}:
        return Trouble("person", f"HTTP {answer.status}: the channel refuses our credentials")
    if answer.status != 200:
        return Trouble("unknown", f"HTTP {answer.status}")
    if len(answer.body) > BODY_BYTES_MAX:
        return Trouble("unknown", "the answer is longer than any answer should be")
    return None


def mask_notice(notice: Notice, fields: Mapping[str, object] | None) -> dict[str, object]:
    """A copy safe to keep: fields by name where readable, else a scrubbed beginning."""
    copy: dict[str, object] = {
        "method": shown(notice.method, chars=16),
        "content_type": shown(notice.headers.get("content-type", ""), chars=100),
        "bytes": len(notice.body),
        "sha256": hashlib.sha256(notice.body).hexdigest(),
    }
    if fields is None:
        text = notice.query + "\n" + notice.body.decode(errors="replace")
        copy["preview"] = shown(text.strip(), chars=PREVIEW_CHARS)
    else:
        copy["fields"] = {
            shown(name, chars=64): _shown_value(value)
            for name, value in masks.fields(fields).items()
        }
    return copy


def _shown_value(value: object) -> object:
    return shown(value, chars=PREVIEW_CHARS) if isinstance(value, str) else value


def shown(text: str, *, chars: int) -> str:
    """Untrusted text as an operator may see it: one line, printable, contacts hidden."""
    short = masks.personal(text[: chars * 2])
    if not short.isprintable():
        short = "".join(letter if letter.isprintable() else " " for letter in short)
    return short[:chars]


def masked_payer(text: str) -> str:
    """Who paid, with the middle hidden: enough to prove it by the whole account, not to read it."""
    line = "".join(letter for letter in text if letter.isprintable())[:64]
    return masks.text(line, keep_start=4, keep_end=4) if line else ""
