"""Refunds by WeChat Pay APIv3: our number, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daoda.trade.payments.adapters.base import RefundAsk, RefundReading, Trouble
from daoda.trade.payments.adapters.tests.test_wechatpay import TRADE_NO, said, signed_by_us
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER, a_wechatpay

ASK = RefundAsk(
    number="a" * 32,
    out_number=NUMBER,
    trade_no=TRADE_NO,
    amount_fen=500,
    total_fen=1990,
    currency="CNY",
    reason="paid twice",
    notify_url="https://shop.example/inbound/7",
)


def a_refund(**changed: Any) -> dict[str, Any]:
    return {
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": ASK.number,
        "transaction_id": TRADE_NO,
        "out_trade_no": NUMBER,
        "status": "PROCESSING",
        "amount": {"total": 1990, "refund": 500, "payer_refund": 500, "currency": "CNY"},
        **changed,
    }


def test_a_refund_is_asked_for_by_our_number() -> None:
    call = a_wechatpay().refund(ask=ASK, now=NOW)
    signed_by_us(call)
    assert json.loads(call.body) == {
        "transaction_id": TRADE_NO,
        "out_refund_no": ASK.number,
        "reason": "paid twice",
        "notify_url": "https://shop.example/inbound/7",
        "amount": {"refund": 500, "total": 1990, "currency": "CNY"},
    }
    assert call == a_wechatpay().refund(ask=ASK, now=NOW), "the same in every word"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SUCCESS", "confirmed"),
        ("PROCESSING", "processing"),
        ("CLOSED", "failed"),
        ("ABNORMAL", "failed"),
        ("NEW", "unknown"),
    ],
)
def test_states_of_a_refund(word: str, status: str) -> None:
    for read in (a_wechatpay().read_refund, a_wechatpay().read_refund_query):
        told = read(ask=ASK, answer=said(a_refund(status=word)), now=NOW)
        assert isinstance(told, RefundReading)
        assert told.status == status


def test_refunds_that_are_not_ours_or_not_known() -> None:
    adapter = a_wechatpay()
    other = adapter.read_refund(ask=ASK, answer=said(a_refund(out_refund_no="b")), now=NOW)
    assert isinstance(other, Trouble)
    less = a_refund(amount={"refund": 499, "currency": "CNY"})
    told = adapter.read_refund_query(ask=ASK, answer=said(less), now=NOW)
    assert isinstance(told, Trouble)
    assert told.kind == "person"
    missing = said({"code": "RESOURCE_NOT_EXISTS"}, status=404)
    found = adapter.read_refund_query(ask=ASK, answer=missing, now=NOW)
    assert isinstance(found, RefundReading)
    assert found.status == "absent"
    poor = said({"code": "NOT_ENOUGH", "message": "基本账户余额不足"}, status=403)
    told = adapter.read_refund(ask=ASK, answer=poor, now=NOW)
    assert isinstance(told, RefundReading)
    assert told.status == "failed"
    lie = said({"code": "NOT_ENOUGH"}, status=403, owner="stranger")
    assert isinstance(adapter.read_refund(ask=ASK, answer=lie, now=NOW), Trouble)
