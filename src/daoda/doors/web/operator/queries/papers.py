"""The papers of an order: payments, receipts, refunds, notices and the rows of the books."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from daoda.doors.web.operator.queries import words
from daoda.doors.web.pieces import Shape
from daoda.records.ledger import queries as ledger
from daoda.records.ledger.models import Account, Transfer
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Notice, Payment, Receipt, Refund


@dataclass(frozen=True, kw_only=True)
class ShownRefund:
    """Money on its way back, or back."""

    href: str
    number: str
    amount_fen: int
    currency: str
    reason: str
    open: bool
    shape: Shape
    owner: str
    due_at: datetime | None
    owed_at: datetime
    closed_at: datetime | None
    reference: str


@dataclass(frozen=True, kw_only=True)
class ShownNotice:
    """What a channel told, masked, and what became of it."""

    href: str
    channel: str
    received_at: datetime
    state: str
    open: bool
    waits: bool
    """Whether it is a person's turn."""
    shape: Shape
    verdict: str
    outcome: str
    trade_no: str
    out_number: str
    amount_fen: int | None
    currency: str
    payer: str
    detail: str
    owner: str
    due_at: datetime | None
    raw: str


@dataclass(frozen=True, kw_only=True)
class ShownTransfer:
    """A row of the books."""

    at: datetime
    debit: str
    credit: str
    amount_fen: int
    currency: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ShownReceipt:
    """Money that arrived, and the judgement on it."""

    receipt: Receipt
    judged: str


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Everything about an order's money."""

    payments: tuple[Payment, ...]
    receipts: tuple[ShownReceipt, ...]
    refunds: tuple[ShownRefund, ...]
    notices: tuple[ShownNotice, ...]
    transfers: tuple[ShownTransfer, ...]
    subjects: tuple[UUID, ...]
    """What has facts of its own and belongs to the order's story."""


def papers(order_id: UUID, *, staff: Mapping[str, str]) -> Papers:
    """The papers of one order, each kind in the order it came."""
    started = payments.payments_of(order_id)
    received = payments.receipts_of(order_id)
    owed = payments.refunds_of(order_id)
    told = payments.notices_of(order_id)
    subjects = [row.pk for row in (*received, *owed)]
    return Papers(
        payments=tuple(started),
        receipts=tuple(
            ShownReceipt(receipt=row, judged=words.of(words.OUTCOMES, row.verdict))
            for row in received
        ),
        refunds=tuple(refund(row, staff=staff) for row in owed),
        notices=tuple(notice(row, staff=staff) for row in told),
        transfers=transfers([order_id, *subjects]),
        subjects=(order_id, *subjects, *(row.pk for row in told)),
    )


def refund(row: Refund, *, staff: Mapping[str, str]) -> ShownRefund:
    """A refund in words."""
    return ShownRefund(
        href=reverse("desk:refund", args=[row.pk]),
        number=row.pk.hex,
        amount_fen=row.amount_fen,
        currency=row.currency,
        reason=words.reason(row.reason),
        open=row.state != "confirmed",
        shape="doing" if row.state != "confirmed" else "done",
        owner=words.owner(row.owner, staff=staff) if row.owner else "",
        due_at=row.promised_at,
        owed_at=row.owed_at,
        closed_at=row.closed_at,
        reference=row.reference,
    )


def notice(row: Notice, *, staff: Mapping[str, str]) -> ShownNotice:
    """A notice in words, with what arrived, masked."""
    person = row.state in ("unmatched", "suspect")
    return ShownNotice(
        href=reverse("desk:notice", args=[row.pk]),
        channel=row.channel.title,
        received_at=row.received_at,
        state=words.of(words.NOTICE_STATES, row.state),
        open=row.state not in ("settled", "refused"),
        waits=person,
        shape="late" if person else words.shape(row.state, late=False),
        verdict=words.of(words.VERDICTS, row.verdict),
        outcome=words.of(words.OUTCOMES, row.outcome),
        trade_no=row.trade_no,
        out_number=row.out_number,
        amount_fen=row.amount_fen,
        currency=row.currency or "CNY",
        payer=row.payer,
        detail=row.detail,
        owner=words.owner(row.owner, staff=staff) if row.owner else "",
        due_at=row.promised_at,
        raw=json.dumps(row.masked, ensure_ascii=False, indent=2),
    )


def transfers(subject_ids: Sequence[UUID]) -> tuple[ShownTransfer, ...]:
    """The rows of the books these things caused."""
    return tuple(_transfer(row) for row in ledger.of_subjects(subject_ids))


def account(row: Account) -> str:
    """An account by its name, with the channel it is kept for."""
    name = words.of(words.ACCOUNTS, row.kind)
    return f"{name} · {row.of}" if row.of else name


def _transfer(row: Transfer) -> ShownTransfer:
    return ShownTransfer(
        at=row.at,
        debit=account(row.debit),
        credit=account(row.credit),
        amount_fen=row.amount_fen,
        currency=row.currency,
        why=words.of(words.TRANSFERS, row.kind),
    )
