"""What Stripe is asked about refunds, and what it says.

Our number goes along twice: as the Idempotency-Key, and in the metadata, by which the refund is
found again among those of its payment. The key alone would not do: Stripe keeps the first answer,
errors of its own (500) included, and forgets the key after 24 hours, when the same ask would move
money again. So whoever has no answer asks first, and sends again only what is ``absent``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from daoda.kit.http import Answer, NoAnswer
from daoda.trade.payments.adapters import wire
from daoda.trade.payments.adapters.base import RefundAsk, RefundReading, RefundStatus, Trouble

LISTED_MAX = 100
# What we gave up waiting for may still be underway; asked about too soon it would be "absent".
EARLIEST_QUERY_S = 10
_CANNOT = frozenset(
    {
        "balance_insufficient", "insufficient_funds", "charge_already_refunded",
        "charge_disputed", "refund_disputed_payment", "charge_not_refundable",
    }
)  # fmt: skip
_STATUS: dict[str, RefundStatus] = {
    "succeeded": "confirmed",
    "pending": "processing",
    "requires_action": "processing",
    "failed": "failed",
    "canceled": "failed",
}


def asked(ask: RefundAsk) -> dict[str, str]:
    """The form of the request."""
    return {
        "payment_intent": ask.trade_no,
        "amount": str(ask.amount_fen),
        "metadata[number]": ask.number,
        "metadata[payment]": ask.out_number,
        "metadata[reason]": ask.reason[:100],
    }


def read(ask: RefundAsk, told: Mapping[str, Any]) -> RefundReading | Trouble:
    """One refund as Stripe tells it."""
    number = wire.text_in(wire.inside(told, "metadata"), "number")
    if (told.get("object"), number, wire.text_in(told, "payment_intent")) != (
        "refund", ask.number, ask.trade_no,
    ):  # fmt: skip
        return Trouble("unknown", "the answer is about another refund")
    amount_fen, currency = wire.units_in(told, "amount"), wire.text_in(told, "currency").upper()
    if (amount_fen, currency) != (ask.amount_fen, ask.currency):
        return Trouble("person", "our refund number stands for another amount there")
    said = wire.text_in(told, "status")
    why = wire.text_in(told, "failure_reason")
    return RefundReading(
        status=_STATUS.get(said, "unknown"),
        refund_no=wire.text_in(told, "id") or ask.number,
        amount_fen=amount_fen,
        detail=f"Stripe says {wire.shown(f'{said} {why}'.strip(), chars=80) or 'no status'}",
        done_at=since_epoch(told.get("created")) if said == "succeeded" else None,
    )


def why_not(answer: Answer | NoAnswer) -> str:
    """The code by which Stripe says that it gives nothing back as things stand, else nothing."""
    if isinstance(answer, NoAnswer) or answer.status not in {400, 402}:
        return ""
    try:
        code = wire.text_in(wire.inside(wire.parse_json(answer.body), "error"), "code")
    except wire.Unreadable:
        return ""
    return code if code in _CANNOT else ""


def read_list(ask: RefundAsk, told: Mapping[str, Any]) -> RefundReading | Trouble:
    """The refunds of one payment: ours by its number in the metadata."""
    listed = told.get("data")
    if told.get("object") != "list" or not isinstance(listed, list):
        return Trouble("unknown", "the answer is not a list of refunds")
    for one in listed:
        if isinstance(one, Mapping):
            number = wire.text_in(wire.inside(one, "metadata"), "number")
            if number == ask.number:
                return read(ask, one)
    if told.get("has_more") is not False:
        return Trouble("person", f"the payment has more than {LISTED_MAX} refunds")
    return RefundReading("absent", ask.number, None, "Stripe knows no such refund", None)


def since_epoch(value: object) -> datetime | None:
    """Stripe's times are whole seconds."""
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) is int and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
