"""The one written form of a code: its secret alone, or card and secret."""

from __future__ import annotations

from typing import NamedTuple

PAIR = "----"  # what the trade writes between card and secret


class Code(NamedTuple):
    """A card number (may be empty) and the secret that redeems it."""

    card: str
    secret: str

    @property
    def text(self) -> str:
        """How it is stored: the same code read from any layout has the same text."""
        return f"{self.card}{PAIR}{self.secret}" if self.card else self.secret


def split_code(text: str) -> Code:
    """Card and secret of a stored text."""
    card, pair, secret = text.partition(PAIR)
    return Code(card, secret) if pair and card and secret else Code("", text)
