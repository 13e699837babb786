"""An uploaded list of codes, read line by line: one code per line, card and secret with a
separator, or CSV with headers in Chinese or English.

Nothing that was uploaded can raise; what is not a code is reported by its line number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Literal, NamedTuple, get_args

from daoda.trade.stock.rules.content import (
    IMPORT_BYTES_MAX,
    IMPORT_LINES_MAX,
    BadCode,
    BadLine,
    Line,
    line_count,
    numbered_lines,
)
from daoda.trade.stock.rules.shape import PAIR, Code

Kind = Literal["auto", "lines", "split", "csv"]
Column = Literal["card", "secret", "expires_on", "ignore"]
Refusal = Literal["empty", "too_big", "too_many_lines", "no_secret_column", "no_separator"]

SEPARATOR_CHARS_MAX = 8
COLUMNS_MAX = 50
_SAMPLE_LINES = 200
# Tried in this order. Blank, colon and single hyphen also occur inside codes, so they are taken
# for separators only when the operator says so.
_SEPARATORS = (PAIR, "---", "\t", "|", ",", ";", "，", "；")
_DELIMITERS = (",", "\t", ";")
_HEADERS: dict[Column, str] = {
    "card": "卡号 账号 帐号 序列号 card cardno cardnumber account serial",
    "secret": "卡密 密码 激活码 兑换码 密钥 卡密内容 secret password code key pin cdk cdkey "
    "activationcode licensekey",
    "expires_on": "有效期 有效期至 过期时间 过期日期 到期日 到期时间 截止日期 "
    "expires expireson expiry expirydate expiresat validuntil",
}
_DATE = re.compile(
    r"(?P<year>20\d\d)(?P<mark>[-/.年]?)(?P<month>\d{1,2})(?:(?P=mark)|月)(?P<day>\d{1,2})日?"
    r"(?:[T ]\d{1,2}:\d\d(?::\d\d)?)?",
    re.ASCII,
)
_DATE_DIGITS = re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """How the lines are to be read; with ``auto`` it is found out from the first of them.

    ``separator`` and ``columns`` (in order) belong to ``split``: without columns a line is card
    and secret, and whatever follows is part of the secret. ``headers`` (lower case, without
    blanks) adds to the known header names of ``csv``.
    """

    kind: Kind = "auto"
    separator: str = ""
    columns: tuple[Column, ...] = ()
    headers: dict[str, Column] = field(default_factory=dict)


class GoodLine(NamedTuple):
    line: int
    text: str
    expires_on: date | None


@dataclass(frozen=True)
class Parsed:
    """``good`` and ``bad`` by line number; with a ``refusal`` the whole content is refused.

    ``layout`` is the one that was used, ``lines_total`` counts blank lines too.
    """

    layout: Layout
    lines_total: int
    good: tuple[GoodLine, ...] = ()
    bad: tuple[BadLine, ...] = ()
    refusal: Refusal | None = None


class _Unfit(Exception):
    """A line that cannot become a code."""

    def __init__(self, code: BadCode) -> None:
        self.code = code


def parse_codes(content: bytes, layout: Layout, *, today: date) -> Parsed:
    """Every code of ``content``. Never raises, whatever the bytes.

    A code that stands there twice is good the first time and bad the second; one whose last day
    is before ``today`` is bad.
    """
    lines_total = line_count(content)
    if len(content) > IMPORT_BYTES_MAX:
        return Parsed(layout, lines_total, refusal="too_big")
    if lines_total > IMPORT_LINES_MAX:
        return Parsed(layout, lines_total, refusal="too_many_lines")
    everything = list(numbered_lines(content))
    lines = [line for line in everything if isinstance(line, Line)]
    bad = [line for line in everything if isinstance(line, BadLine)]
    if not everything:
        return Parsed(layout, lines_total, refusal="empty")
    if layout.kind == "auto":
        layout = _detect(lines, layout)
    reader = _reader(layout, lines)
    if not callable(reader):
        return Parsed(layout, lines_total, refusal=reader)
    body = lines[1:] if layout.kind == "csv" else lines
    good = _read_all(body, reader, today, bad)
    return Parsed(layout, lines_total, tuple(good), tuple(sorted(bad)))


Reader = Callable[[str], tuple[Code, str]]


def _read_all(
    lines: Sequence[Line], reader: Reader, today: date, bad: list[BadLine]
) -> list[GoodLine]:
    good: list[GoodLine] = []
    first_at: dict[str, int] = {}
    for number, text in lines:
        try:
            code, expiry = reader(text)
            expires_on = _read_date(expiry) if expiry else None
            if expires_on is not None and expires_on < today:
                raise _Unfit("expired")
        except _Unfit as unfit:
            bad.append(BadLine(number, unfit.code))
            continue
        other = first_at.setdefault(code.text, number)
        if other != number:
            bad.append(BadLine(number, "twice", other))
        else:
            good.append(GoodLine(number, code.text, expires_on))
    return good


def _reader(layout: Layout, lines: Sequence[Line]) -> Reader | Refusal:
    """How to read a line of this layout, or why none can be read."""
    if layout.kind == "csv":
        return _csv_reader(layout, lines)
    if layout.kind != "split":
        return _read_whole
    if not layout.separator:
        return "no_separator"
    if layout.columns:
        return _columns_reader(layout.columns, lambda text: text.split(layout.separator))
    return lambda text: (_read_pair(text, layout.separator), "")


def _read_whole(text: str) -> tuple[Code, str]:
    return Code("", text), ""


def _read_pair(text: str, separator: str) -> Code:
    parts = [part.strip() for part in text.split(separator)]
    if len(parts) < 2:
        raise _Unfit("columns")
    if not all(parts):
        raise _Unfit("empty_part")
    return Code(parts[0], PAIR.join(parts[1:]))


def _csv_reader(layout: Layout, lines: Sequence[Line]) -> Reader | Refusal:
    if not lines:
        return "no_secret_column"
    delimiter = layout.separator or _delimiter(lines[0].text)
    columns = _header_columns(lines[0].text, delimiter, layout.headers)
    if columns.count("secret") != 1:
        return "no_secret_column"
    return _columns_reader(columns, lambda text: _csv_cells(text, delimiter))


def _columns_reader(columns: Sequence[Column], split: Callable[[str], list[str]]) -> Reader:
    at = {column: position for position, column in enumerate(columns) if column != "ignore"}

    def read(text: str) -> tuple[Code, str]:
        cells = [cell.strip() for cell in split(text)]
        if len(cells) != len(columns):
            raise _Unfit("columns")
        card = cells[at["card"]] if "card" in at else ""
        secret = cells[at["secret"]]
        if not secret or ("card" in at and not card):
            raise _Unfit("empty_part")
        return Code(card, secret), cells[at["expires_on"]] if "expires_on" in at else ""

    return read


def _csv_cells(text: str, delimiter: str) -> list[str]:
    # Line by line, so that one forgotten quote spoils one line and not all that follow.
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise _Unfit("quotes") from None


def _header_columns(header: str, delimiter: str, more: dict[str, Column]) -> list[Column]:
    try:
        names = [
            "".join(name.lower().split()).replace("_", "") for name in _csv_cells(header, delimiter)
        ]
    except _Unfit:
        return []
    return [_column(name, more) for name in names[:COLUMNS_MAX]]


def _column(name: str, more: dict[str, Column]) -> Column:
    if name in more:
        return more[name]
    return next((column for column, names in _HEADERS.items() if name in names.split()), "ignore")


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _detect(lines: Sequence[Line], asked: Layout) -> Layout:
    """The layout all of the first lines have in common."""
    sample = [line.text for line in islice(lines, _SAMPLE_LINES)]
    if sample:
        delimiter = _delimiter(sample[0])
        columns = _header_columns(sample[0], delimiter, asked.headers)
        if columns.count("secret") == 1:
            return Layout("csv", delimiter, headers=asked.headers)
    for separator in _SEPARATORS:
        counts = {text.count(separator) for text in sample}
        if counts and counts != {0} and 0 not in counts and len(counts) == 1:
            return Layout("split", separator)
    return Layout("lines")


def _read_date(text: str) -> date:
    match = _DATE.fullmatch(text) or _DATE_DIGITS.fullmatch(text)
    if match is None:
        raise _Unfit("expiry_unreadable")
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        raise _Unfit("expiry_unreadable") from None


def read_layout(raw: object) -> Layout:
    """A layout from a form, a command or an API request. ValueError with a code of what is wrong.

    Keys: kind, separator, columns, headers; all may be missing.
    """
    if not isinstance(raw, dict) or set(raw) - {"kind", "separator", "columns", "headers"}:
        raise ValueError("layout")
    kind, separator = raw.get("kind", "auto"), raw.get("separator", "")
    columns, headers = raw.get("columns", ()), raw.get("headers", {})
    if kind not in get_args(Kind):
        raise ValueError("kind")
    if not isinstance(separator, str) or len(separator) > SEPARATOR_CHARS_MAX:
        raise ValueError("separator")
    if kind == "csv" and separator not in ("", *_DELIMITERS, "|"):
        raise ValueError("separator")
    if not _columns_fit(columns) or not _headers_fit(headers):
        raise ValueError("columns")
    return Layout(kind, separator, tuple(columns), dict(headers))


def _columns_fit(columns: Any) -> bool:
    if not isinstance(columns, list | tuple) or len(columns) > COLUMNS_MAX:
        return False
    named = [column for column in columns if column != "ignore"]
    known = all(column in get_args(Column) for column in columns)
    return known and len(set(named)) == len(named) and (not columns or "secret" in named)


def _headers_fit(headers: Any) -> bool:
    return (
        isinstance(headers, dict)
        and len(headers) <= COLUMNS_MAX
        and all(
            isinstance(name, str) and column in get_args(Column) for name, column in headers.items()
        )
    )
