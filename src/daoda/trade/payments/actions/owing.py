"""Owing money back: a thing of its own, dated and owned from its first moment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daoda.kit import ids, sql
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.trade.payments.actions import noticing

SQL = sql.load("daoda.trade.payments")


@dataclass(frozen=True)
class Owed:
    """Money of one receipt that goes back, for one reason; the same pair is owed once."""

    shop_id: uuid.UUID
    receipt_id: uuid.UUID
    order_id: uuid.UUID | None
    amount_fen: int
    currency: str
    reason: str

    def number(self, now: datetime) -> uuid.UUID:
        return ids.derive(ids.lowest_at(now), f"refund:{self.receipt_id.hex}:{self.reason}")


def owe_many(owed: Sequence[Owed], *, actor: str, now: datetime) -> list[uuid.UUID]:
    """Write refunds with their promises and facts; returns their numbers.

    IntegrityError when one is owed already.
    """
    if not owed:
        return []
    numbers = [one.number(now) for one in owed]
    made = [
        noticing.dated(one.shop_id, "refund", number, "refund", "department:finance", now)
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
            "owed_ats": [now] * len(owed),
            "nodes": [promise.node for promise in made],
            "owners": [promise.owner for promise in made],
            "promised_ats": [promise.due_at for promise in made],
            "promise_ids": [promise.id for promise in made],
        },
    )
    journal.write_many([_fact(one, actor, now) for one in owed])
    return numbers


def _fact(one: Owed, actor: str, now: datetime) -> journal.NewFact:
    about = ("order", one.order_id) if one.order_id else ("receipt", one.receipt_id)
    data = {"reason": one.reason, "amount_fen": one.amount_fen}
    return journal.NewFact("payment.refund_owed", *about, one.shop_id, actor, now, data)
