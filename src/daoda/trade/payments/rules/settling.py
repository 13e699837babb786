"""What money that has arrived means: the judgement on every receipt."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from daoda.trade.orders.rules import PAYING_ALLOWANCE, LockedOrder
from daoda.trade.orders.states import PAYABLE

CONFIRM_TRIES_MAX = 12
# Judged so, money lies in suspense: it is nobody's until a person has found out whose it is.
SUSPENDED = frozenset({"unknown_order", "wrong_currency"})
PAYER_CHARS_MIN = 6
_CONFIRM_WAIT_S = (0, 5, 10, 20, 40, 60, 120, 300, 600, 1200, 1800, 3600)


@dataclass(frozen=True)
class Arrived:
    """A notice up for settlement: one claim of the channel that money came."""

    notice_id: uuid.UUID
    shop_id: uuid.UUID
    channel_id: uuid.UUID
    channel_code: str
    out_number: str
    trade_no: str
    status: str
    amount_fen: int | None
    currency: str
    paid_at: datetime | None
    verdict: str
    received_at: datetime
    promise_id: uuid.UUID | None
    promised_at: datetime


@dataclass(frozen=True)
class Asked:
    """The payment attempt a notice is about."""

    payment_id: uuid.UUID
    order_id: uuid.UUID
    channel_id: uuid.UUID
    amount_fen: int
    currency: str
    started_at: datetime
    shown_due_at: datetime


@dataclass(frozen=True)
class Judgement:
    """What becomes of a receipt.

    ``word`` names it for ever. ``pays`` says that the order's price is covered by it;
    ``refund_fen`` goes back to the payer; ``person`` that somebody has to find out.
    """

    word: str
    pays: bool = False
    refund_fen: int = 0
    person: bool = False


def judge(arrived: Arrived, asked: Asked | None, order: LockedOrder | None) -> Judgement:
    """The judgement on money that has arrived, given what was asked for and its order's state.

    Whatever can be delivered is; what is too much goes back; what fits nothing waits with a
    person and a date, booked in suspense.
    """
    amount_fen = arrived.amount_fen or 0
    if arrived.verdict == "wrong_merchant":
        return Judgement("wrong_merchant", person=True)
    if asked is None or order is None or asked.channel_id != arrived.channel_id:
        return Judgement("unknown_order", person=True)
    if arrived.currency != asked.currency:
        return Judgement("wrong_currency", person=True)
    if order.state not in PAYABLE:
        return Judgement("paid_twice", refund_fen=amount_fen)
    if amount_fen < asked.amount_fen:
        return Judgement("underpaid", refund_fen=amount_fen)
    if amount_fen > asked.amount_fen:
        return Judgement("overpaid", pays=True, refund_fen=amount_fen - asked.amount_fen)
    late = order.state != "awaiting_payment"
    return Judgement("paid_late" if late else "paid", pays=True)


def same_payer(masked: str, account: str) -> bool:
    """Whether a whole account fits one whose middle was hidden.

    Too little left visible proves nothing: at least six characters, and from both ends.
    """
    said, told = account.strip().casefold(), masked.casefold()
    starts, star, rest = told.partition("*")
    ends = rest.rpartition("*")[2]
    if not (star and starts and ends) or len(starts) + len(ends) < PAYER_CHARS_MIN:
        return False
    whole = len(said) > len(starts) + len(ends) and "*" not in said
    return whole and said.startswith(starts) and said.endswith(ends)


def date_shown_to(arrived: Arrived, asked: Asked) -> datetime | None:
    """The date a buyer was shown before paying, if she paid while it held; see ``shown_due``.

    Who leaves the channel's page open for longer is promised what the rules say when she pays.
    """
    paid_at = arrived.paid_at or arrived.received_at
    return asked.shown_due_at if paid_at <= asked.started_at + PAYING_ALLOWANCE else None


def confirm_wait_s(tries: int) -> int:
    """Seconds until the channel is asked again whether a notice is true."""
    return _CONFIRM_WAIT_S[min(tries, len(_CONFIRM_WAIT_S) - 1)]
