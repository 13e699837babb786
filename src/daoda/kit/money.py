"""Money: integer fen everywhere; yuan only at the edges, as text."""

from __future__ import annotations

import re

CURRENCY = "CNY"
AMOUNT_FEN_MAX = 10_000_000_00  # ten million yuan: beyond it an amount is a typing error
HAO_PER_FEN = 100  # 毫, a ten-thousandth of a yuan: the unit in which suppliers price one piece
_HAO_PER_YUAN = 10_000
_UNIT_PRICE = re.compile(r"(?P<yuan>\d{1,8})(?:\.(?P<rest>\d{1,4})0*)?")
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


def unit_price(price_hao: int) -> str:
    """12345 → ``1.2345``; always four decimals."""
    sign = "-" if price_hao < 0 else ""
    whole, rest = divmod(abs(price_hao), _HAO_PER_YUAN)
    return f"{sign}{whole}.{rest:04d}"


def parse_unit_price(text: str) -> int:
    """``1.2345`` → 12345 hao: the price of one piece, yuan with at most four decimals.

    Raises NotMoney.
    """
    match = _UNIT_PRICE.fullmatch(text)
    if match is None or not text.isascii():
        raise NotMoney(text[:40])
    return int(match["yuan"]) * _HAO_PER_YUAN + int((match["rest"] or "0").ljust(4, "0"))


def cost_fen(price_hao: int, quantity: int) -> int:
    """What ``quantity`` pieces cost, rounded up to whole fen: a cost is never shown too low."""
    return -(-price_hao * quantity // HAO_PER_FEN)
