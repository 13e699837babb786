"""Reading accounts."""

from __future__ import annotations

import uuid

from daoda.records.persons import queries as persons
from daoda.trade.buyers.models import Buyer


def get(buyer_id: uuid.UUID) -> Buyer | None:
    """An account of the entered shop."""
    found: Buyer | None = Buyer.objects.filter(pk=buyer_id).first()
    return found


def contact(buyer: Buyer) -> str:
    """The contact she registered with, normalised; empty when she was erased a moment ago."""
    return persons.get(buyer.person_id, "contact") or ""
