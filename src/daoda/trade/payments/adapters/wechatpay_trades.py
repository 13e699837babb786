"""What WeChat Pay APIv3 says about trades, in notices and in answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daoda.trade.payments.adapters import checks, wechatpay_refunds, wire
from daoda.trade.payments.adapters.base import Reading, Status, Verdict

_STATUS: dict[str, Status] = {
    "SUCCESS": "paid",
    "REFUND": "refunded",
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "CLOSED": "closed",
    "REVOKED": "closed",
}


def reading(event_key: str, told: Mapping[str, Any], *, mchid: str, appid: str) -> Reading | None:
    """What an opened resource or an answer says; None where it is not of APIv3's shape."""
    number, trade_no = wire.text_in(told, "out_trade_no"), wire.text_in(told, "transaction_id")
    amount = wire.inside(told, "amount")
    if "refund_status" in told:
        said = wire.text_in(told, "refund_status")
        status: Status = "refunded" if said == "SUCCESS" else "unknown"
        amount_fen, app_fits = wire.units_in(amount, "refund"), True
    else:
        said = wire.text_in(told, "trade_state")
        status = _STATUS.get(said, "unknown")
        amount_fen = None if status == "refunded" else wire.units_in(amount, "total")
        app_fits = wire.text_in(told, "appid") == appid
    if not checks.short(number) or (trade_no and not checks.short(trade_no)):
        return None
    currency = wire.text_in(amount, "currency") or "CNY"
    if status == "paid" and not (amount_fen and trade_no and _is_currency(currency)):
        return None
    ours = app_fits and wire.text_in(told, "mchid") == mchid
    verdict: Verdict = "genuine" if ours else "wrong_merchant"
    words = f"WeChat Pay says {wire.shown(said, chars=32) or 'no status'}"
    return Reading(
        verdict=verdict,
        event_key=event_key,
        detail=words if ours else "signed by WeChat Pay for another merchant or app",
        out_number=number,
        trade_no=trade_no,
        amount_fen=amount_fen,
        currency=currency if _is_currency(currency) else "",
        status=status,
        paid_at=wechatpay_refunds.moment(wire.text_in(told, "success_time")),
        payer=wire.masked_payer(wire.text_in(wire.inside(told, "payer"), "openid")),
    )


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isupper()


def absent(number: str) -> Reading:
    """WeChat Pay knows no such trade."""
    return Reading(
        verdict="genuine",
        event_key=f"query:{number}:absent",
        detail="WeChat Pay knows no such trade yet",
        out_number=number,
        status="absent",
    )


def flat(told: Mapping[str, Any]) -> dict[str, object]:
    """Texts and numbers by name, one level down with both names."""
    found: dict[str, object] = {}
    for name, value in told.items():
        inside = value.items() if isinstance(value, Mapping) else [("", value)]
        for inner, item in inside:
            if isinstance(item, str | int):
                found[f"{name}_{inner}" if inner else name] = item
    return found
