"""Posting transfers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction

from daoda.kit import ids, snapshots, sql
from daoda.records.ledger import rules

SQL = sql.load(__package__)


@dataclass(frozen=True)
class NewTransfer:
    """Money to move: ``debit`` and ``credit`` are (kind, of), e.g. ("channel_cash", "alipay").

    ``kind`` and ``subject_id`` are the cause: the same cause is posted once.
    """

    shop_id: uuid.UUID
    debit: tuple[str, str]
    credit: tuple[str, str]
    amount_fen: int
    currency: str
    kind: str
    subject_id: uuid.UUID
    at: datetime

    @cached_property
    def id(self) -> uuid.UUID:
        return ids.derive(self.subject_id, f"transfer:{self.kind}")

    def account(self, side: tuple[str, str]) -> uuid.UUID:
        return rules.account_id(self.shop_id, *side, self.currency)


def post(transfer: NewTransfer) -> uuid.UUID:
    """Post one transfer in the current transaction; returns its id. Safe to repeat."""
    post_many([transfer])
    return transfer.id


def post_many(transfers: Sequence[NewTransfer]) -> int:
    """Post transfers in one statement; returns how many were new."""
    if not transfers:
        return 0
    _open_accounts(transfers)
    return sql.count(
        SQL.post_transfers,
        {
            "ids": [t.id for t in transfers],
            "shop_ids": [t.shop_id for t in transfers],
            "debits": [t.account(t.debit) for t in transfers],
            "credits": [t.account(t.credit) for t in transfers],
            "amounts": [t.amount_fen for t in transfers],
            "currencies": [t.currency for t in transfers],
            "kinds": [t.kind for t in transfers],
            "subjects": [t.subject_id for t in transfers],
            "ats": [t.at for t in transfers],
        },
    )


def roll_up(*, batch_rows: int = 20_000) -> int:
    """Add committed transfers to the sums of their accounts; returns how many were added."""
    with transaction.atomic():
        cursor = sql.rows(SQL.lock_roll_up)
        if not cursor:
            sql.count(SQL.start_roll_up)
            return 0
        read = snapshots.Snapshot.parse(cursor[0][0])
        ((added, cut, seen),) = sql.rows(
            SQL.roll_up,
            {
                "running": [str(xid) for xid in read.running],
                "xmax": str(read.xmax),
                "batch_rows": batch_rows,
            },
        )
        if added:
            after = snapshots.advance(
                read, snapshots.Snapshot.parse(seen), int(cut) if cut is not None else None
            )
            sql.count(SQL.move_roll_up, {"snapshot": str(after)})
        return int(added)


def _open_accounts(transfers: Sequence[NewTransfer]) -> None:
    """Open the accounts a set of transfers needs; a no-op in the same shop the second time."""
    needed = {(t.shop_id, *side, t.currency) for t in transfers for side in (t.debit, t.credit)}
    rows = sorted((rules.account_id(*account), *account) for account in needed)
    sql.count(
        SQL.open_accounts,
        {
            "ids": [row[0] for row in rows],
            "shop_ids": [row[1] for row in rows],
            "kinds": [row[2] for row in rows],
            "ofs": [row[3] for row in rows],
            "currencies": [row[4] for row in rows],
        },
    )
