"""What can happen to an order at a supplier, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answers = Literal["plain", "none", "cut", "page", "drip"]
Ends = Literal["done", "failed", "refunded", "never"]
Tells = Literal["once", "twice", "none", "forged", "contradictory"]
Cards = Literal["fresh", "duplicate", "missing"]


@dataclass(frozen=True)
class Play:
    """``taken``: the order is in the books, whatever was answered. ``refuses``: it is not, and

    the buyer hears why. ``slow`` multiplies the time it takes; ``hold_s`` is waited before
    anything is answered; ``queries_fail`` so many queries are answered with an error page.
    """

    taken: bool = True
    answers: Answers = "plain"
    refuses: str = ""
    ends: Ends = "done"
    tells: Tells = "once"
    cards: Cards = "fresh"
    slow: float = 1.0
    hold_s: float = 0.0
    queries_fail: int = 0


PLAYS: dict[str, Play] = {
    "plain": Play(),
    "silent": Play(tells="none"),
    "twice": Play(tells="twice"),
    "slow": Play(slow=10.0),
    "never": Play(ends="never", tells="none"),
    "late": Play(hold_s=2.0),
    # Taken, and the buyer does not hear of it.
    "lost": Play(answers="none", tells="none"),
    "cut": Play(answers="cut", tells="none"),
    "page": Play(answers="page", tells="none"),
    "drip": Play(answers="drip", tells="none"),
    # Not taken, and the buyer does not hear of that.
    "vanished": Play(taken=False, answers="none"),
    "refused_page": Play(taken=False, answers="page"),
    "balance": Play(taken=False, refuses="balance"),
    "price": Play(taken=False, refuses="price"),
    "stock": Play(taken=False, refuses="stock"),
    "failed": Play(ends="failed"),
    "refunded": Play(ends="refunded"),
    "forged": Play(tells="forged"),
    "contradictory": Play(tells="contradictory"),
    "duplicate": Play(cards="duplicate"),
    "cards_missing": Play(cards="missing"),
    "queries_fail": Play(tells="none", queries_fail=3),
}
