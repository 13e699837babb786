"""Money: integer fen everywhere; yuan only at the edges, as text."""

from __future__ import annotations

import re

CURRENCY = "CNY"
AMOUNT_FEN_MAX = 10_000_000_00  # ten million yuan: beyond it an amount is a typing error
_YUAN = re.compile(r"(?P<yuan>\d{1,12})(?:\.(?P<cents>\d{1,2})0*)?")


class NotMoney(ValueError):
    """A text that is not an amount of yuan with at most two decimals."""


def yuan(amount_fen: int) -> str:
    """1234 → ``12.34``. Exact; negative amounts keep their sign."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{cents:02d}"


def parse_yuan(text: str) -> int:
    """``12.3`` → 1230 fen. No floats, signs, blanks or exponents.

    Raises NotMoney.
    """
    match = _YUAN.fullmatch(text)
    if match is None or not text.isascii():
        raise NotMoney(text[:40])
    amount_fen = int(match["yuan"]) * 100 + int((match["cents"] or "0").ljust(2, "0"))
    if amount_fen > AMOUNT_FEN_MAX:
        raise NotMoney(text[:40])
    return amount_fen
