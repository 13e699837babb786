"""Refunds of the played WeChat Pay: one ``out_refund_no`` moves money once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.refunds import OtherAmount
from daoda.proving.simulators.trades import Refund, Trade

_STATES = {"done": "SUCCESS", "processing": "PROCESSING", "failed": "ABNORMAL"}


class Refused(Exception):
    """A request APIv3 refuses, with its status and code."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(code)
        self.status, self.code, self.words = status, code, words


def refund(counter: Counter, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Money back; None for silence. Raises Refused."""
    trade = _of_trade_no(counter, str(fields.get("transaction_id", "")))
    amount = fields.get("amount")
    if not isinstance(amount, dict) or type(amount.get("refund")) is not int:
        raise Refused(400, "PARAM_ERROR", "参数错误: amount")
    if amount.get("total") != trade.payments[0].amount_fen:
        raise Refused(400, "INVALID_REQUEST", "订单金额与支付时不一致")
    number = str(fields.get("out_refund_no", ""))
    if not number or len(number) > 64:
        raise Refused(400, "PARAM_ERROR", "参数错误: out_refund_no")
    try:
        outcome = counter.refund(trade, number, amount["refund"])
    except OtherAmount:
        raise Refused(400, "INVALID_REQUEST", "退款金额与之前请求不一致") from None
    if outcome.refund is not None:
        counter.tell_refund(trade, outcome.refund)
    if outcome.way == "lost" or outcome.refund is None:
        return None
    if outcome.way == "broken":
        raise Refused(500, "SYSTEM_ERROR", "系统繁忙")
    if outcome.denied or outcome.refund.state == "failed":
        raise Refused(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
    return told(trade, outcome.refund)


def query(counter: Counter, number: str) -> dict[str, Any]:
    """What became of a refund. Raises Refused."""
    for trade in counter.book.trades.values():
        if any(one.number == number for one in trade.refunds):
            found = counter.asked_refund(trade, number)
            if found is None or (found.state == "failed" and not found.ends_badly):
                break  # refused when it was asked for, so there is none
            counter.tell_refund(trade, found)
            return told(trade, found)
    raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")


def told(trade: Trade, one: Refund) -> dict[str, Any]:
    """A refund as an answer or a notice tells it."""
    payment = trade.payments[0]
    fields: dict[str, Any] = {
        "refund_id": f"503{int(one.number[:12], 16):025d}"[:28],
        "out_refund_no": one.number,
        "transaction_id": payment.trade_no,
        "out_trade_no": trade.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": one.at,
        "status": _STATES[one.state],
        "amount": {
            "total": payment.amount_fen,
            "refund": one.amount_fen,
            "payer_total": payment.amount_fen,
            "payer_refund": one.amount_fen,
            "currency": payment.currency,
        },
    }
    return fields | ({"success_time": one.at} if one.state == "done" else {})


def _of_trade_no(counter: Counter, trade_no: str) -> Trade:
    for trade in counter.book.trades.values():
        if any(payment.trade_no == trade_no for payment in trade.payments):
            return trade
    raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
