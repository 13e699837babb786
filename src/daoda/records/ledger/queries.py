"""Reading the books."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from daoda.kit import snapshots, sql
from daoda.records.ledger import rules
from daoda.records.ledger.models import Transfer

SQL = sql.load(__package__)


@dataclass(frozen=True)
class Balance:
    """An account and what it holds; ``balance_fen`` grows on the account's natural side."""

    account_id: uuid.UUID
    kind: str
    of: str
    currency: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        net = self.debit_fen - self.credit_fen
        return net if rules.DEBIT_GROWS[self.kind] else -net


@dataclass(frozen=True)
class Moved:
    """What one cause has moved: ``kind`` as in ``Transfer``, how often, how much in all (fen)."""

    kind: str
    currency: str
    transfers: int
    amount_fen: int


def balances(shop_id: uuid.UUID) -> list[Balance]:
    """Every account of a shop. Debits and credits over all of them are equal.

    Cost follows the transfers since the last roll-up, not the age of the shop.
    """
    while True:
        cursor = sql.rows(SQL.cursor)
        text = cursor[0][0] if cursor else None
        read = snapshots.Snapshot.parse(text or "1:1:")
        found = sql.rows(
            SQL.balances,
            {
                "shop_id": shop_id,
                "running": [str(xid) for xid in read.running],
                "xmax": str(read.xmax),
                "cursor": text,
            },
        )
        # The roll-up moved between the two statements: its sums and our tail overlap.
        if all(row[6] for row in found):
            return [
                Balance(row[0], row[1], row[2], row[3], int(row[4]), int(row[5])) for row in found
            ]


def moved_since(shop_id: uuid.UUID, since: datetime) -> list[Moved]:
    """What was moved in a shop since a moment, by cause."""
    found = sql.rows(SQL.moved_since, {"shop_id": shop_id, "since": since})
    return [Moved(kind, currency, n, int(fen)) for kind, currency, n, fen in found]


def of_subjects(subject_ids: Collection[uuid.UUID]) -> list[Transfer]:
    """The transfers several things caused, oldest first."""
    return list(
        Transfer.everywhere.filter(subject_id__in=subject_ids)
        .select_related("debit", "credit")
        .order_by("at", "id")
    )


def of_subject(subject_id: uuid.UUID) -> list[Transfer]:
    """The transfers one thing caused, oldest first."""
    return of_subjects([subject_id])
