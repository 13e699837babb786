"""Refunds of the played Stripe: found by the metadata of the payment's refunds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.refunds import OtherAmount
from daoda.proving.simulators.trades import Refund, Trade

_STATES = {"done": "succeeded", "processing": "pending", "failed": "failed"}


class Refused(Exception):
    """A request Stripe refuses: status, type and code of the error."""

    def __init__(self, status: int, kind: str, code: str) -> None:
        super().__init__(code)
        self.status, self.kind, self.code = status, kind, code


def refund(counter: Counter, form: Mapping[str, str]) -> dict[str, Any] | None:
    """Money back; None for silence. Raises Refused."""
    trade = _of_intent(counter, form.get("payment_intent", ""))
    number, amount = form.get("metadata[number]", ""), form.get("amount", "")
    if not amount.isdecimal() or not number:
        raise Refused(400, "invalid_request_error", "parameter_invalid_integer")
    try:
        outcome = counter.refund(trade, number, int(amount))
    except OtherAmount:
        raise Refused(400, "idempotency_error", "idempotency_key_in_use") from None
    if outcome.refund is not None:
        counter.tell_refund(trade, outcome.refund)
    if outcome.way == "lost" or outcome.refund is None:
        return None
    if outcome.way == "broken":
        raise Refused(500, "api_error", "api_error")
    if outcome.denied or (outcome.refund.state == "failed" and not outcome.refund.ends_badly):
        raise Refused(400, "invalid_request_error", "insufficient_funds")
    return told(trade, outcome.refund)


def listed(counter: Counter, query: Mapping[str, str]) -> dict[str, Any]:
    """The refunds of a payment, newest first. Raises Refused."""
    trade = _of_intent(counter, query.get("payment_intent", ""))
    found = []
    for one in reversed(trade.refunds):
        refunded = counter.asked_refund(trade, one.number)
        if refunded is not None and (refunded.state != "failed" or refunded.ends_badly):
            counter.tell_refund(trade, refunded)
            found.append(told(trade, refunded))
    return {"object": "list", "url": "/v1/refunds", "has_more": False, "data": found}


def told(trade: Trade, one: Refund) -> dict[str, Any]:
    """A refund as an answer or an event tells it."""
    payment = trade.payments[0]
    return {
        "id": f"re_{one.number[:24]}",
        "object": "refund",
        "amount": one.amount_fen,
        "created": int(datetime.fromisoformat(one.at).timestamp()),
        "currency": payment.currency.lower(),
        "failure_reason": "expired_or_canceled_card" if one.state == "failed" else None,
        "metadata": {"number": one.number, "payment": trade.number},
        "payment_intent": f"pi_{payment.trade_no}",
        "status": _STATES[one.state],
    }


def _of_intent(counter: Counter, intent: str) -> Trade:
    for trade in counter.book.trades.values():
        if any(f"pi_{payment.trade_no}" == intent for payment in trade.payments):
            return trade
    raise Refused(404, "invalid_request_error", "resource_missing")
