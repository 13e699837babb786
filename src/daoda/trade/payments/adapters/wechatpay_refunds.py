"""What WeChat Pay APIv3 is asked about refunds, and what it says.

One ``out_refund_no`` moves money at most once however often it is sent, so the same ask may be
repeated. ABNORMAL is no success: the money came back to the merchant (a card was cancelled), and a
person sends it another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from daoda.trade.payments.adapters import wire
from daoda.trade.payments.adapters.base import RefundAsk, RefundReading, RefundStatus, Trouble

EARLIEST_QUERY_S = 60  # WeChat Pay asks for a minute between refund and question
REASON_CHARS_MAX = 25  # 80 bytes
# The merchant's balance does not suffice; the payer's account takes nothing.
FAILED = frozenset({"NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL"})
_STATUS: dict[str, RefundStatus] = {
    "SUCCESS": "confirmed",
    "PROCESSING": "processing",
    "CLOSED": "failed",
    "ABNORMAL": "failed",
}


def asked(ask: RefundAsk) -> dict[str, Any]:
    """The body of the request."""
    fields: dict[str, Any] = {
        "transaction_id": ask.trade_no,
        "out_refund_no": ask.number,
        "reason": ask.reason[:REASON_CHARS_MAX],
        "notify_url": ask.notify_url if "?" not in ask.notify_url else "",
        "amount": {"refund": ask.amount_fen, "total": ask.total_fen, "currency": ask.currency},
    }
    return {name: value for name, value in fields.items() if value}


def read(ask: RefundAsk, told: Mapping[str, Any]) -> RefundReading | Trouble:
    """A verified answer to the request or to the question about it."""
    amount = wire.inside(told, "amount")
    numbers = (wire.text_in(told, "out_refund_no"), wire.text_in(told, "transaction_id"))
    amount_fen = wire.units_in(amount, "refund")
    if numbers != (ask.number, ask.trade_no):
        return Trouble("unknown", "the answer is about another refund")
    if (amount_fen, wire.text_in(amount, "currency") or "CNY") != (ask.amount_fen, ask.currency):
        return Trouble("person", "our refund number stands for another amount there")
    said = wire.text_in(told, "status")
    return RefundReading(
        status=_STATUS.get(said, "unknown"),
        refund_no=wire.text_in(told, "refund_id") or ask.number,
        amount_fen=amount_fen,
        detail=f"WeChat Pay says {wire.shown(said, chars=32) or 'no status'}",
        done_at=moment(wire.text_in(told, "success_time")),
    )


def failed(ask: RefundAsk, detail: str) -> RefundReading:
    """WeChat Pay gives nothing back as things stand; the same number may be sent again."""
    return RefundReading("failed", ask.number, None, detail, None)


def absent(ask: RefundAsk) -> RefundReading:
    """WeChat Pay knows no such refund: the same ask may be sent again."""
    return RefundReading("absent", ask.number, None, "WeChat Pay knows no such refund", None)


def moment(text: str) -> datetime | None:
    """A time with its offset, as APIv3 writes it."""
    try:
        at = datetime.fromisoformat(text) if text else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None
