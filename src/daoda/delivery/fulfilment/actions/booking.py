"""The money of attempts in the ledger: what goods cost, what is claimed back, what is lost.

A purchase that succeeded is owed to its supplier (a balance paid ahead makes that account
negative). One that is cut off is taken as charged, and claimed back or counted as lost until the
supplier's word or a person ends the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoda.delivery.fulfilment.actions.moving import Change
from daoda.records.ledger import actions as ledger

RECEIVABLE = "supplier_receivable"
LOSSES = "losses"
Side = tuple[str, str]


def book(changes: Sequence[Change], *, now: datetime) -> None:
    """Post what the moves of attempts mean in money, in the same transaction."""
    transfers = [_transfer(change, now) for change in changes]
    ledger.post_many([one for one in transfers if one is not None])


def _transfer(change: Change, now: datetime) -> ledger.NewTransfer | None:
    if change.before.state == change.to.state:
        return None
    to = change.to
    payable: Side = ("supplier_payable", to.code)
    borne: Side = (to.borne_by, to.code if to.borne_by == RECEIVABLE else "")
    after_cut_off = change.before.state == "cut_off"
    kind, debit, credit = {
        "succeeded": ("attempt.bought", ("goods_cost", ""), payable),
        "returned": ("attempt.bought", ("goods_cost", ""), borne if after_cut_off else payable),
        "cut_off": ("attempt.cut_off", borne, payable),
        "refunded": ("attempt.given_back", payable, borne),
        "written_off": ("attempt.written_off", (LOSSES, ""), borne),
    }.get(to.state, ("", payable, payable))
    if not kind or debit == credit:
        return None
    return ledger.NewTransfer(
        shop_id=to.shop_id,
        debit=debit,
        credit=credit,
        amount_fen=to.cost_fen,
        currency=to.currency,
        kind=kind,
        subject_id=to.id,
        at=now,
    )
