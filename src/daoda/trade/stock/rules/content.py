"""Uploaded bytes as numbered lines, whatever program wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

IMPORT_BYTES_MAX = 16 * 1024 * 1024
IMPORT_LINES_MAX = 200_000
LINE_CHARS_MAX = 2_000

BadCode = Literal[
    "encoding",
    "too_long",
    "control_character",
    "columns",
    "empty_part",
    "quotes",
    "expiry_unreadable",
    "expired",
    "twice",
    "in_stock",
]
# U+FFFD is what another program left of a character it could not read.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufeff]")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class BadLine(NamedTuple):
    """A line (numbered from 1, as editors do) that cannot become a code, and why.

    ``other_line`` is the first of two equal lines, 0 where there is none. The line's text is not
    kept: it may be somebody's code.
    """

    line: int
    code: BadCode
    other_line: int = 0


class Line(NamedTuple):
    number: int
    text: str


def numbered_lines(content: bytes) -> Iterator[Line | BadLine]:
    """Every line that is not blank, decoded and stripped, or what is wrong with it.

    UTF-8 (with or without a byte order mark) where the whole content is that, else GB 18030;
    where it is neither, each line as whichever of the two it is.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    encodings = _encodings(content)
    for number, raw in enumerate(_LINE_END.split(content), start=1):
        text = _decode(raw, encodings)
        if text is None:
            yield BadLine(number, "encoding")
            continue
        text = text.strip(" \t\u3000\u00a0") if raw else ""
        if not text:
            continue
        if len(text) > LINE_CHARS_MAX:
            yield BadLine(number, "too_long")
        elif _UNPRINTABLE.search(text):
            yield BadLine(number, "control_character")
        else:
            yield Line(number, text)


def line_count(content: bytes) -> int:
    """Lines as an editor counts them; a line end at the very end begins no further line."""
    ends = sum(1 for _ in _LINE_END.finditer(content))
    return ends + (bool(content) and content[-1:] not in (b"\n", b"\r"))


def _encodings(content: bytes) -> tuple[str, ...]:
    for encoding in ("utf-8", "gb18030"):
        if _decode(content, (encoding,)) is not None:
            return (encoding,)
    return ("utf-8", "gb18030")


def _decode(raw: bytes, encodings: tuple[str, ...]) -> str | None:
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
