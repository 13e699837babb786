"""Refunds of the played Alipay: ``alipay.trade.refund`` and ``alipay.trade.fastpay.refund.query``.

The answer to a refund tells what has gone back of the trade so far and whether money moved just
now; a refund that had not succeeded is answered without its number and status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daoda.kit.money import NotMoney, parse_yuan, yuan
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.refunds import OtherAmount, gone_back_fen
from daoda.proving.simulators.trades import Trade

REFUND, QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
METHODS = (REFUND, QUERY)
_SUCCESS = {"code": "10000", "msg": "Success"}


class Refused(Exception):
    """A request the gateway refuses; ``sub_code`` as Alipay names it."""

    def __init__(self, code: str, sub_code: str) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code = code, sub_code


def node(
    counter: Counter, method: str, content: Mapping[str, Any], trade: Trade | None
) -> dict[str, str] | None:
    """The response node, None for silence. Raises Refused."""
    if trade is None or not trade.payments:
        raise Refused("40004", "ACQ.TRADE_NOT_EXIST")
    number = str(content.get("out_request_no") or trade.number)
    if method == REFUND:
        return _refund(counter, trade, number, str(content.get("refund_amount", "")))
    return _query(counter, trade, number)


def _refund(counter: Counter, trade: Trade, number: str, amount: str) -> dict[str, str] | None:
    before_fen = gone_back_fen(trade)
    try:
        outcome = counter.refund(trade, number, parse_yuan(amount))
    except NotMoney:
        raise Refused("40004", "ACQ.INVALID_PARAMETER") from None
    except OtherAmount:
        raise Refused("40004", "ACQ.DISCORDANT_REPEAT_REQUEST") from None
    if outcome.refund is not None:
        counter.tell_refund(trade, outcome.refund)
    if outcome.way == "lost":
        return None
    if outcome.way == "broken":
        raise Refused("40004", "ACQ.SYSTEM_ERROR")
    if outcome.refund is None or outcome.denied or outcome.refund.state == "failed":
        raise Refused("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")
    moved = gone_back_fen(trade) > before_fen
    return {
        **_SUCCESS,
        "trade_no": trade.payments[0].trade_no,
        "out_trade_no": trade.number,
        "buyer_logon_id": "138****4711",
        "fund_change": "Y" if moved else "N",
        "refund_fee": yuan(gone_back_fen(trade) or outcome.refund.amount_fen),
    }


def _query(counter: Counter, trade: Trade, number: str) -> dict[str, str]:
    found = counter.asked_refund(trade, number)
    if found is None or found.state == "failed":
        return dict(_SUCCESS)
    counter.tell_refund(trade, found)
    told = {
        **_SUCCESS,
        "trade_no": trade.payments[0].trade_no,
        "out_trade_no": trade.number,
        "out_request_no": number,
        "total_amount": yuan(trade.payments[0].amount_fen),
        "refund_amount": yuan(found.amount_fen),
    }
    return told | ({"refund_status": "REFUND_SUCCESS"} if found.state == "done" else {})
