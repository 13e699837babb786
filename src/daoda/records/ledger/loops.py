"""What the worker does for the ledger."""

from __future__ import annotations

from datetime import datetime

from daoda.kit.loops import Loop
from daoda.records.ledger import actions as ledger


def roll_up(_now: datetime) -> int:
    """Keep the sums of accounts close behind the transfers."""
    return ledger.roll_up()


LOOPS = (Loop("ledger.roll_up", roll_up, every_s=10.0),)
