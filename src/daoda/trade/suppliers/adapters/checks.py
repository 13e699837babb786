"""Checks every supplier shares before something is bought, and the judgement of cards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from daoda.kit.money import AMOUNT_FEN_MAX
from daoda.trade.suppliers.adapters import wire
from daoda.trade.suppliers.adapters.base import CannotBuy, Capability, Card, Purchase, Reading

_NUMBER = re.compile(r"[0-9a-f]{32}")


def buyable(purchase: Purchase, capability: Capability) -> None:
    """Raises CannotBuy, before anything is sent that must be refused."""
    if not _NUMBER.fullmatch(purchase.number):
        raise CannotBuy("the number is not 32 hex characters")
    if not purchase.goods:
        raise CannotBuy("the offer names no goods")
    if purchase.quantity < 1 or purchase.quantity > (capability.quantity_max or purchase.quantity):
        raise CannotBuy("the supplier does not sell so many at once")
    if not 0 < purchase.cost_max_fen <= AMOUNT_FEN_MAX:
        raise CannotBuy("the price guard is not an amount")
    if purchase.currency not in capability.currencies:
        raise CannotBuy(f"the supplier does not take {purchase.currency}")
    if purchase.sent_before and not capability.idempotent_create:
        raise CannotBuy("a number is sent to this supplier once")


def with_cards(reading: Reading, purchase: Purchase, cards: Sequence[Card]) -> Reading:
    """A success with its cards: all, or none and ``cards_missing``; other counts want a person."""
    if reading.status != "succeeded" or purchase.kind != "card":
        return reading
    if not cards:
        return replace(reading, cards_missing=True)
    if len(cards) != purchase.quantity or len({card.content for card in cards}) != len(cards):
        found = len({card.content for card in cards})
        return replace(
            reading,
            status="needs_human",
            detail=f"{found} different cards came for {purchase.quantity} pieces",
        )
    return replace(reading, cards=tuple(cards))


def card(content: str, expires_on: str = "") -> Card | None:
    """A card as it may be kept; None for an empty or monstrous one."""
    text = content.strip()
    if not text or len(text) > wire.CARD_CHARS_MAX:
        return None
    return Card(text, expires_on[:10])
