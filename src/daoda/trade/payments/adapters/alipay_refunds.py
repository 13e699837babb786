"""Refunds of Alipay: ``alipay.trade.refund`` and ``alipay.trade.fastpay.refund.query``.

The answer to a refund is a success only with ``fund_change=Y``; its ``refund_fee`` is what has gone
back of the trade so far, of all its refunds. A query is a success only with ``refund_status=
REFUND_SUCCESS``; without it the refund was not received or did not succeed, and the same number
may be sent again with the same amount. Asked too early the query may not know it yet.

Source: opendocs.alipay.com, open/028sm9 (refund) and open/028sma (query). Only refusals that the
document names as the refund's own are failures; any other is unknown and is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping

from daoda.kit.money import yuan
from daoda.trade.payments.adapters import wire
from daoda.trade.payments.adapters.base import RefundAsk, RefundReading, RefundStatus, Trouble

EARLIEST_QUERY_S = 10
REASON_CHARS_MAX = 256
_FAILURES = frozenset(
    {
        "ACQ.BUYER_ERROR",
        "ACQ.BUYER_NOT_EXIST",
        "ACQ.CURRENCY_NOT_SUPPORT",
        "ACQ.NOT_ALLOW_PARTIAL_REFUND",
        "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
        "ACQ.REASON_TRADE_BEEN_FREEZEN",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.REASON_TRADE_STATUS_INVALID",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.REFUND_CHARGE_ERROR",
        "ACQ.REFUND_FEE_ERROR",
        "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_NOT_ALLOW_REFUND",
        "ACQ.TRADE_NOT_EXIST",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.USER_NOT_MATCH_ERR",
    }
)
_SYSTEM_ERRORS = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"})


def asked(ask: RefundAsk) -> dict[str, str]:
    """The business content of a refund, the same on every try."""
    return {
        "out_trade_no": ask.out_number,
        "trade_no": ask.trade_no,
        "refund_amount": yuan(ask.amount_fen),
        "out_request_no": ask.number,
        "refund_reason": ask.reason[:REASON_CHARS_MAX],
    }


def read(ask: RefundAsk, node: Mapping[str, str]) -> RefundReading | Trouble:
    """What a verified answer to a refund says."""
    if node.get("code") != "10000":
        return _refused(ask, node)
    if node.get("out_trade_no") != ask.out_number or node.get("trade_no") != ask.trade_no:
        return Trouble("unknown", "the answer is about another trade")
    gone_fen = wire.fen(node.get("refund_fee"))
    if gone_fen is None or not ask.amount_fen <= gone_fen <= ask.total_fen:
        return Trouble("unknown", "the answer's amount does not fit what was asked for")
    if node.get("fund_change") != "Y":
        return _reading(ask, "processing", "Alipay has taken the refund on, and moved no money yet")
    return RefundReading(
        status="confirmed",
        refund_no=ask.number,
        amount_fen=ask.amount_fen,
        detail="Alipay says the money has moved (fund_change Y)",
        done_at=wire.from_beijing(node.get("gmt_refund_pay")),
    )


def read_query(ask: RefundAsk, node: Mapping[str, str]) -> RefundReading | Trouble:
    """What a verified answer to a question about a refund says."""
    if node.get("code") != "10000":
        known = node.get("sub_code") in _SYSTEM_ERRORS
        if known:
            return Trouble("retry_after", "Alipay had an error of its own", wait_s=wire.BUSY_WAIT_S)
        return Trouble("unknown", f"refused: {_said(node)}")
    said = node.get("refund_status", "")
    number = node.get("out_request_no", "")
    if not said and not number:
        return _reading(ask, "absent", "Alipay knows no refund of this number")
    if number != ask.number or node.get("out_trade_no") != ask.out_number:
        return Trouble("unknown", "the answer is about another refund")
    if not said:
        return _reading(ask, "absent", "Alipay says the refund has not succeeded")
    if said != "REFUND_SUCCESS":
        return _reading(ask, "unknown", f"Alipay says {wire.shown(said, chars=40)}")
    if wire.fen(node.get("refund_amount")) != ask.amount_fen:
        return Trouble("person", "Alipay refunded another amount under our number")
    return RefundReading(
        status="confirmed",
        refund_no=ask.number,
        amount_fen=ask.amount_fen,
        detail="Alipay says REFUND_SUCCESS",
        done_at=wire.from_beijing(node.get("gmt_refund_pay")),
    )


def _refused(ask: RefundAsk, node: Mapping[str, str]) -> RefundReading | Trouble:
    sub_code = node.get("sub_code", "")
    if sub_code in _FAILURES:
        return _reading(ask, "failed", f"Alipay refuses: {_said(node)}")
    if sub_code == "ACQ.DISCORDANT_REPEAT_REQUEST":
        return Trouble("person", "Alipay knows our refund number with another amount")
    return Trouble("unknown", f"refused: {_said(node)}")


def _reading(ask: RefundAsk, status: RefundStatus, detail: str) -> RefundReading:
    return RefundReading(status, ask.number, None, detail, None)


def _said(node: Mapping[str, str]) -> str:
    return wire.shown(f"{node.get('code', '')} {node.get('sub_code', '')}", chars=120)
