"""Owing money back: a thing of its own, dated and owned from its first moment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daoda.kit import ids, sql, wake
from daoda.records.journal import actions as journal
from daoda.records.ledger import actions as ledger
from daoda.records.promises import actions as promises
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.rules.refunds import MACHINE

SQL = sql.load("daoda.trade.payments")


@dataclass(frozen=True)
class Owed:
    """Money of one receipt that goes back, for one reason and cause; the same is owed once.

    ``from_earnings``: the shop has earned it, and gives of that.
    """

    shop_id: uuid.UUID
    receipt_id: uuid.UUID
    order_id: uuid.UUID | None
    amount_fen: int
    currency: str
    reason: str
    cause: str = ""
    from_earnings: bool = False

    def number(self, now: datetime) -> uuid.UUID:
        label = f"refund:{self.receipt_id.hex}:{self.reason}"
        return ids.derive(ids.lowest_at(now), f"{label}:{self.cause}" if self.cause else label)


def owe_many(owed: Sequence[Owed], *, actor: str, now: datetime) -> list[uuid.UUID]:
    """Write refunds with their promises and facts; returns their numbers.

    The machine sends them at once, where the channel has a call for it. IntegrityError when one
    is owed already, or when more would go back of a receipt than came with it.
    """
    if not owed:
        return []
    numbers = [one.number(now) for one in owed]
    made = [
        noticing.dated(one.shop_id, "refund", number, "refund", MACHINE, now)
        for one, number in zip(owed, numbers, strict=True)
    ]
    promises.make_many(made)
    sql.count(
        SQL.owe_refunds,
        {
            "ids": numbers,
            "shop_ids": [one.shop_id for one in owed],
            "receipt_ids": [one.receipt_id for one in owed],
            "order_ids": [one.order_id for one in owed],
            "amounts": [one.amount_fen for one in owed],
            "currencies": [one.currency for one in owed],
            "reasons": [one.reason for one in owed],
            "causes": [one.cause for one in owed],
            "from_earnings": [one.from_earnings for one in owed],
            "owed_ats": [now] * len(owed),
            "nodes": [promise.node for promise in made],
            "owners": [promise.owner for promise in made],
            "promised_ats": [promise.due_at for promise in made],
            "promise_ids": [promise.id for promise in made],
        },
    )
    given = [(one, n) for one, n in zip(owed, numbers, strict=True) if one.from_earnings]
    ledger.post_many([_given(one, number, now) for one, number in given])
    journal.write_many(
        [_fact(one, number, actor, now) for one, number in zip(owed, numbers, strict=True)]
    )
    wake.wake("refund")
    return numbers


def _given(one: Owed, number: uuid.UUID, now: datetime) -> ledger.NewTransfer:
    """What was earned is owed to the buyer again."""
    return ledger.NewTransfer(
        shop_id=one.shop_id,
        debit=("refunds", ""),
        credit=("owed_to_buyers", ""),
        amount_fen=one.amount_fen,
        currency=one.currency,
        kind="refund.given",
        subject_id=number,
        at=now,
    )


def _fact(one: Owed, number: uuid.UUID, actor: str, now: datetime) -> journal.NewFact:
    about = ("order", one.order_id) if one.order_id else ("receipt", one.receipt_id)
    data = {"refund": number.hex, "reason": one.reason, "amount_fen": one.amount_fen}
    return journal.NewFact("payment.refund_owed", *about, one.shop_id, actor, now, data)
