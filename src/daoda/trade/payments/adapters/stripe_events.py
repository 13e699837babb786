"""What Stripe says about payments, in events and in answers about a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from daoda.trade.payments.adapters import checks, wire
from daoda.trade.payments.adapters.base import Reading, Status
from daoda.trade.payments.adapters.stripe_refunds import since_epoch

_SESSION_STATUS: dict[str, Status] = {
    "open": "pending",
    "complete": "pending",
    "expired": "closed",
}
# A session is complete before its money is there when it is paid by a slow method.
_SESSION_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)
_NO_MONEY_YET = frozenset(
    {
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.pending",
        "charge.failed",
        "charge.succeeded",
        "charge.updated",
    }
)
_BACK = frozenset({"charge.refunded", "refund.created", "refund.updated", "charge.refund.updated"})


def reading(event: Mapping[str, Any], *, live: bool) -> Reading | None:
    """A verified event; None where it is none. One about nothing of ours says nothing of money."""
    event_id, kind = wire.text_in(event, "id"), wire.text_in(event, "type")
    thing = wire.inside(wire.inside(event, "data"), "object")
    if event.get("object") != "event" or not checks.short(event_id) or not checks.short(kind):
        return None
    said = _said(event_id, kind, thing)
    if said is None:
        return None
    if said.out_number and event.get("livemode", live) is not live:
        detail = "of Stripe's test mode" if live else "of Stripe's live mode"
        return replace(said, verdict="wrong_merchant", detail=detail)
    at = since_epoch(event.get("created"))
    return replace(said, paid_at=at) if said.status == "paid" else said


def _said(event_id: str, kind: str, thing: Mapping[str, Any]) -> Reading | None:
    number = number_of(thing)
    nothing = Reading("genuine", event_id, f"Stripe says {kind}", status="pending")
    if not number:
        return nothing
    if kind in _SESSION_EVENTS:
        told = of_session(event_id, thing)
        return replace(told, detail=nothing.detail) if told else None
    trade = replace(nothing, out_number=number, trade_no=_trade_no(thing))
    if kind in _NO_MONEY_YET:
        return trade
    if kind == "payment_intent.succeeded":
        return _paid(trade, thing, "amount_received")
    if kind in _BACK:
        back = "amount_refunded" if kind == "charge.refunded" else "amount"
        amount_fen, currency = wire.units_in(thing, back), _currency(thing)
        return replace(trade, status="refunded", amount_fen=amount_fen, currency=currency)
    return replace(trade, status="unknown")


def of_session(event_key: str, session: Mapping[str, Any]) -> Reading | None:
    """A Checkout Session of ours; None where it is none."""
    number = wire.text_in(session, "client_reference_id")
    if session.get("object") != "checkout.session" or not checks.short(number):
        return None
    said, money = wire.text_in(session, "status"), wire.text_in(session, "payment_status")
    detail = f"Stripe says {wire.shown(f'{said} {money}'.strip(), chars=40) or 'no status'}"
    trade = Reading("genuine", event_key, detail, out_number=number, trade_no=_trade_no(session))
    if money == "paid" and said == "complete":
        return _paid(trade, session, "amount_total")
    return replace(trade, status=_SESSION_STATUS.get(said, "unknown"))


def number_of(thing: Mapping[str, Any]) -> str:
    """Our number in a session, a payment, a charge or a refund; empty where it is not ours."""
    metadata = wire.inside(thing, "metadata")
    found = (
        wire.text_in(thing, "client_reference_id")
        or (wire.text_in(metadata, "payment") if thing.get("object") == "refund" else "")
        or wire.text_in(metadata, "number")
    )
    return found if checks.short(found) else ""


def kept(event: Mapping[str, Any]) -> dict[str, object]:
    """The fields of an event worth keeping; whoever paid is not among them."""
    thing = wire.inside(wire.inside(event, "data"), "object")
    names = (
        "id", "object", "client_reference_id", "payment_intent", "amount_total", "amount",
        "amount_received", "amount_refunded", "currency", "status", "payment_status", "created",
    )  # fmt: skip
    outer = {name: event.get(name) for name in ("id", "type", "created", "livemode")}
    inner = {f"object_{name}": thing.get(name) for name in names}
    found = {**outer, **inner}
    return {name: value for name, value in found.items() if isinstance(value, str | int)}


def _paid(trade: Reading, thing: Mapping[str, Any], name: str) -> Reading | None:
    amount_fen, currency = wire.units_in(thing, name), _currency(thing)
    if amount_fen is None or not currency or not trade.trade_no:
        return None
    return replace(trade, status="paid", amount_fen=amount_fen, currency=currency)


def _trade_no(thing: Mapping[str, Any]) -> str:
    own = thing.get("object") == "payment_intent"
    found = wire.text_in(thing, "id" if own else "payment_intent")
    return found if checks.short(found) else ""


def _currency(thing: Mapping[str, Any]) -> str:
    found = wire.text_in(thing, "currency").upper()
    return found if len(found) == 3 and found.isascii() and found.isalpha() else ""
