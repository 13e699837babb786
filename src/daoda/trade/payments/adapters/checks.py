"""Checks every channel shares before a page is made and after a notice is read."""

from __future__ import annotations

import re

from daoda.kit.money import AMOUNT_FEN_MAX
from daoda.trade.payments.adapters.base import NUMBER_CHARS_MAX, CannotStart, Capability, Start

_NUMBER = re.compile(r"[0-9a-f]{32}")


def startable(start: Start, capability: Capability) -> None:
    """Raises CannotStart, before anybody is sent to a page that must fail."""
    if not _NUMBER.fullmatch(start.number):
        raise CannotStart("the number is not 32 hex characters")
    if not 0 < start.amount_fen <= AMOUNT_FEN_MAX:
        raise CannotStart("the amount is not payable")
    if start.currency not in capability.currencies:
        raise CannotStart(f"the channel does not take {start.currency}")


def short(text: str) -> bool:
    """A number as a vendor writes one: printable, not empty, and no longer than we can keep."""
    return 0 < len(text) <= NUMBER_CHARS_MAX and text.isprintable()
