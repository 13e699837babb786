"""What an account does that reaches into several packages."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from daoda.doors.web.account import queries
from daoda.trade.buyers import actions as buyers
from daoda.trade.buyers.models import Buyer


def delete_account(*, buyer: Buyer, password: str, now: datetime) -> int:
    """Delete an account of someone who knows its password; how many open things forbid it.

    Raises buyers.WrongDetails, buyers.TooManyTries.
    """
    buyers.confirm(buyer=buyer, password=password, now=now)
    with transaction.atomic():
        buyers.lock(buyer)  # so that no order is placed between looking and deleting
        waiting = queries.waiting(buyer)
        if not waiting:
            buyers.delete(buyer=buyer, now=now)
    return waiting
