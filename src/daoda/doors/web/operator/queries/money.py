"""The books at a glance, and what goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from daoda.doors.web.buyer.queries.story import staff_names
from daoda.doors.web.operator.queries import papers, words
from daoda.records.ledger import queries as ledger
from daoda.records.ledger.rules import DEBIT_GROWS
from daoda.trade.payments import queries as payments
from daoda.trade.payments.models import Notice, Refund


@dataclass(frozen=True, kw_only=True)
class Held:
    """An account: what went in and out, and what it holds on its natural side."""

    name: str
    ours: bool
    debit_fen: int
    credit_fen: int
    balance_fen: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Books:
    """Every account, and both sides of all of them, which must be equal."""

    accounts: tuple[Held, ...]
    debit_fen: int
    credit_fen: int

    @property
    def balanced(self) -> bool:
        """Whether both sides are equal to the fen."""
        return self.debit_fen == self.credit_fen


def books(shop_id: UUID) -> Books:
    """The accounts of a shop, in the order of the chart."""
    chart = list(words.ACCOUNTS)
    rows = sorted(ledger.balances(shop_id), key=lambda row: (chart.index(row.kind), row.of))
    return Books(
        accounts=tuple(
            Held(
                name=f"{words.of(words.ACCOUNTS, row.kind)} · {row.of}"
                if row.of
                else words.of(words.ACCOUNTS, row.kind),
                ours=DEBIT_GROWS[row.kind],
                debit_fen=row.debit_fen,
                credit_fen=row.credit_fen,
                balance_fen=row.balance_fen,
                currency=row.currency,
            )
            for row in rows
        ),
        debit_fen=sum(row.debit_fen for row in rows),
        credit_fen=sum(row.credit_fen for row in rows),
    )


def refunds() -> tuple[tuple[Refund, papers.ShownRefund], ...]:
    """What is owed back, soonest date first."""
    rows = payments.refunds_owed()
    return tuple((row, papers.refund(row, staff=_staff(rows))) for row in rows)


def notices(*, waiting: bool) -> tuple[papers.ShownNotice, ...]:
    """Notices that wait for a person, or the newest of all."""
    rows = payments.notices_waiting() if waiting else payments.newest_notices()
    staff = _staff(rows)
    return tuple(papers.notice(row, staff=staff) for row in rows)


def _staff(rows: Sequence[Refund | Notice]) -> dict[str, str]:
    return staff_names([row.owner or "" for row in rows])
