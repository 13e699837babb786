"""Reading and writing what travels between us and suppliers. Strict where two readers could differ.

Numbers of JSON are kept as the digits they were written with: 19.90 never passes through a float.
Whatever cannot be read is ``Unreadable``, whose text does not repeat it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from daoda.kit import masks, money, strangers
from daoda.kit.http import Answer, NoAnswer
from daoda.trade.suppliers.adapters.base import CannotBuy, Notice, Reading, Reply, Told, Verdict

Unreadable = strangers.Unreadable

BODY_BYTES_MAX = 512 * 1024
FIELDS_MAX = 200
NUMBER_CHARS_MAX = 64
CARDS_MAX = 2_000
CARD_CHARS_MAX = 4_000
REASON_CHARS_MAX = 120
KEPT_CHARS_MAX = 2_000

BOUNDARY = "daoda-7f3c1b5d9e2a4860"
BEIJING = timezone(timedelta(hours=8))
_AMOUNT = re.compile(r"(?P<yuan>[0-9]{1,10})(?:\.(?P<rest>[0-9]{1,8}))?")
_SHOWN = re.compile(
    r"code|msg|message|status|state|ok|error|time|stamp|order|number|total|price|money|amount|cost"
    r"|quantity|count|goods|product|sku|item|result|data|info|hint|balance|fulfil|type|version",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"key|sign|secret|token|card|pwd|pass|payload|account|attach|form|uuid|phone|mobile|link|url"
    r"|ticket|cdk",
    re.IGNORECASE,
)


class Digits(str):
    """A JSON number as the text it was written as."""

    __slots__ = ()


def parse_json(raw: bytes) -> Any:
    """JSON with no name twice in an object and numbers as ``Digits``. Raises Unreadable."""
    if len(raw) > BODY_BYTES_MAX:
        raise Unreadable(f"longer than {BODY_BYTES_MAX} bytes")
    try:
        return json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=strangers.once,
            parse_int=Digits, parse_float=Digits, parse_constant=_no_constant,
        )  # fmt: skip
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON") from None


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object; see ``parse_json``."""
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise Unreadable("is not a JSON object")
    return value


def parse_form(raw: bytes) -> dict[str, str]:
    """A form body or query string as decoded text by name. Raises Unreadable."""
    return strangers.parse_form(raw, bytes_max=BODY_BYTES_MAX)


def parse_notice(notice: Notice) -> dict[str, Any]:
    """The fields of a notice: JSON where it says so or looks so, else a form, else the query.

    Body or address, but not both: two readers of one notice must see the same.
    """
    if notice.query and notice.body:
        raise Unreadable("comes in the address and in the body at once")
    if not notice.body:
        return parse_form(notice.query.encode(errors="replace"))
    if notice.body.lstrip()[:1] == b"{":
        return parse_object(notice.body)
    return parse_form(notice.body)


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is no JSON")


def plain(value: object) -> str:
    """A scalar as the text it was sent as; nothing for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def number(value: object) -> str:
    """An order number as vendors write one: short and printable, else nothing."""
    text = plain(value)
    return text if len(text) <= NUMBER_CHARS_MAX and text.isprintable() else ""


def hao(value: object) -> int | None:
    """``10.335`` → 103350 hao; None for anything but an amount. Finer parts round up."""
    match = _AMOUNT.fullmatch(plain(value))
    if match is None:
        return None
    rest = match["rest"] or ""
    finer = 1 if rest[4:].strip("0") else 0
    return int(match["yuan"]) * 10_000 + int(rest[:4].ljust(4, "0")) + finer


def fen(value: object, *, up: bool = True) -> int | None:
    """``10.335`` → 1034 fen: what we pay rounds up, what we get rounds down; None for no amount."""
    amount_hao = hao(value)
    if amount_hao is None:
        return None
    whole, rest = divmod(amount_hao, money.HAO_PER_FEN)
    return whole + (1 if rest and up else 0)


def signed_fen(value: object) -> int | None:
    """A balance, which may be below zero; rounded down. None for no amount."""
    text = plain(value)
    if not text.startswith("-"):
        return fen(text, up=False)
    debt = fen(text[1:])
    return None if debt is None else -debt


def multipart(fields: Mapping[str, str]) -> bytes:
    """A form in parts. Values hold no line that could be the boundary: it is told, not guessed."""
    parts = []
    for name, value in fields.items():
        if BOUNDARY in value or '"' in name:
            raise CannotBuy("a field cannot be sent in parts")
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(f"{head}{value}\r\n")
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def dumped(value: object) -> str:
    """Compact JSON with Chinese and slashes as they are, and ``Digits`` as numbers."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(str(k), ensure_ascii=False)}:{dumped(v)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumped, value)) + "]"
    return value if isinstance(value, Digits) else json.dumps(value, ensure_ascii=False)


def silent(answer: Answer | NoAnswer, *, also: Iterable[int] = ()) -> Reading | None:
    """The reading of what carries no statement; None where the body may be read."""
    if isinstance(answer, NoAnswer):
        return Reading("unknown", f"no answer: {answer.reason}")
    if answer.status in {200, *also}:
        return None
    waits = 60 if answer.status in {429, 503} else None
    return Reading("unknown", f"HTTP {answer.status}", ask_again_s=waits)


def said(answer: Answer) -> dict[str, Any] | Reading:
    """The object that was answered, or ``unknown``: a page of a gateway is no statement."""
    try:
        return parse_object(answer.body)
    except Unreadable as problem:
        return Reading("unknown", f"the answer {problem}")


def shown(text: str, *, chars: int = REASON_CHARS_MAX) -> str:
    """Untrusted text as a person may see it: one line, printable, contacts hidden."""
    short = masks.personal(text[: chars * 2])
    return "".join(letter if letter.isprintable() else " " for letter in short)[:chars]


def not_genuine(verdict: Verdict, notice: Notice, detail: str) -> Told:
    """Told nothing but why; its key is the hash of all that was sent."""
    sent = hashlib.sha256(f"{notice.method} {notice.query}\n".encode(errors="replace"))
    sent.update(notice.body)
    return Told(verdict, f"{verdict}:{sent.hexdigest()}", detail)


def text_reply(body: str, *, status: int = 200) -> Reply:
    return Reply(status, "text/plain; charset=utf-8", body.encode())


def json_reply(value: Mapping[str, object], *, status: int = 200) -> Reply:
    return Reply(status, "application/json", dumped(value).encode())


def masked(raw: bytes) -> str:
    """A body fit to be kept and shown: fields whose names are plain words of the trade, others
    hidden; what cannot be read is told by its length and hash alone."""
    try:
        text = raw.decode("utf-8-sig")
        fields = parse_object(raw) if text.lstrip()[:1] in {"{"} else parse_form(raw)
    except (Unreadable, UnicodeDecodeError):
        return f"{len(raw)} bytes, sha256 {hashlib.sha256(raw).hexdigest()[:16]}"
    return dumped(_masked(fields, 0))[:KEPT_CHARS_MAX]


def _masked(value: object, depth: int) -> object:
    if depth > 6:
        return masks.HIDDEN
    if isinstance(value, dict):
        return {
            shown(name, chars=40): _masked_field(name, item, depth)
            for name, item in list(value.items())[:FIELDS_MAX]
        }
    if isinstance(value, list):
        return [_masked(item, depth + 1) for item in value[:20]]
    return shown(value) if isinstance(value, str) else value


def _masked_field(name: str, value: object, depth: int) -> object:
    if _HIDDEN.search(name):
        return masks.HIDDEN
    if isinstance(value, dict | list):
        return _masked(value, depth + 1)
    if isinstance(value, str) and not isinstance(value, Digits):
        if value[:1] == "{":
            return _nested(value, depth)
        return shown(value) if _SHOWN.search(name) else masks.HIDDEN
    return value


def _nested(text: str, depth: int) -> object:
    """JSON inside a text, as some gateways wrap their answers."""
    try:
        return _masked(parse_object(text.encode()), depth + 1)
    except Unreadable:
        return masks.HIDDEN


def moment(text: str) -> datetime | None:
    """``2026-11-22 10:37:08`` of a Chinese vendor's clock."""
    try:
        local = datetime.strptime(f"{text} +0800", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
    return local.astimezone(UTC)
