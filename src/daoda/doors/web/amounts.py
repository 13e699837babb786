"""Money as plain text, for sentences; templates use the ``money`` filter."""

from daoda.kit.money import CURRENCY, yuan

SIGNS = {"CNY": "¥"}


def sign(currency: str) -> str:
    """¥, or the currency's own letters."""
    return SIGNS.get(currency, f"{currency} ")


def text(fen: int, currency: str = CURRENCY) -> str:
    """¥12.34."""
    return f"{sign(currency)}{yuan(fen)}"
