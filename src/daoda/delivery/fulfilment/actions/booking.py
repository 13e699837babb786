"""The money of attempts in the ledger: what goods cost, what is claimed back, what is lost.

A purchase that succeeded is owed to its supplier (a balance paid ahead makes that account
negative). One that is cut off is taken as charged, and claimed back or counted as lost until the
supplier's word or a person ends the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoda.delivery.fulfilment.actions.moving import Change
from daoda.delivery.fulfilment.rules import entries
from daoda.records.ledger import actions as ledger


def book(changes: Sequence[Change], *, now: datetime) -> None:
    """Post what the moves of attempts mean in money, in the same transaction."""
    transfers = [_transfer(change, now) for change in changes]
    ledger.post_many([one for one in transfers if one is not None])


def _transfer(change: Change, now: datetime) -> ledger.NewTransfer | None:
    to = change.to
    said = entries.entry(change.before.state, to.state, code=to.code, borne_by=to.borne_by)
    if said is None:
        return None
    return ledger.NewTransfer(
        shop_id=to.shop_id,
        debit=said.debit,
        credit=said.credit,
        amount_fen=to.cost_fen,
        currency=to.currency,
        kind=said.kind,
        subject_id=to.id,
        at=now,
    )
