"""An attempt as plain values, read under its lock."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple


class LockedAttempt(NamedTuple):
    """See ``models.Attempt``; ``code`` is the supplier's, which names it in the ledger."""

    id: uuid.UUID
    shop_id: uuid.UUID
    order_id: uuid.UUID | None
    variant_id: uuid.UUID
    supplier_id: uuid.UUID
    code: str
    offer_id: uuid.UUID
    goods: str
    quantity: int
    needs_cards: bool
    currency: str
    cost_fen: int
    cost_max_fen: int
    state: str
    node: str | None
    owner: str | None
    promised_at: datetime | None
    promise_id: uuid.UUID | None
    reference: str
    answer: str
    reason: str
    borne_by: str
    fence: int
    sends: int
    asked: int
    due_at: datetime | None
    sent_at: datetime | None
    next_at: datetime | None
    cut_off_at: datetime | None

    @property
    def number(self) -> str:
        """Our number at the supplier."""
        return self.id.hex
