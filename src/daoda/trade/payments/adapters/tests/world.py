"""A small named world: one merchant on three channels, and the channels' side of the keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from daoda.trade.payments.adapters import alipay, epay, rsa2, sandbox
from daoda.trade.payments.adapters.base import Notice, Start

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER = "0193500000007000800000000000beef"
APP_ID, SELLER_ID = "2021000100000001", "2088000100000001"
EPAY_KEY = "vectorEpayKey000000000000000001"
SANDBOX_KEY, OLD_SANDBOX_KEY = "k" * 40, "o" * 40

START = Start(
    number=NUMBER,
    amount_fen=1990,
    currency="CNY",
    subject="VIP会员 1/月",
    notify_url="https://shop.example/inbound/7",
    return_url="https://shop.example/o/7",
    client_ip="203.0.113.9",
    expires_at=NOW + timedelta(minutes=15),
)


@cache
def rsa_key(_owner: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def der(key: rsa.RSAPrivateKey | rsa.RSAPublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        raw = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        raw = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    return base64.b64encode(raw).decode()


ALIPAY_CONFIG = {
    "app_id": APP_ID,
    "seller_id": SELLER_ID,
    "app_private_key": der(rsa_key("app")),
    "alipay_public_key": der(rsa_key("alipay").public_key()),
}
EPAY_CONFIG = {"gateway": "https://pay.example/", "pid": "1001", "key": EPAY_KEY}
SANDBOX_CONFIG = {
    "gateway": "http://127.0.0.1:8010",
    "merchant": "demo",
    "key": SANDBOX_KEY,
    "previous_key": OLD_SANDBOX_KEY,
}


@cache
def an_alipay() -> alipay.Alipay:
    return alipay.Alipay(alipay.Config.parse(ALIPAY_CONFIG))


@cache
def an_epay() -> epay.Epay:
    return epay.Epay(epay.Config.parse(EPAY_CONFIG))


@cache
def a_sandbox() -> sandbox.Sandbox:
    return sandbox.Sandbox(sandbox.Config.parse(SANDBOX_CONFIG))


def posted(body: bytes, headers: Mapping[str, str] | None = None) -> Notice:
    return Notice(method="POST", headers=dict(headers or {}), query="", body=body)


def got(query: str) -> Notice:
    return Notice(method="GET", headers={}, query=query, body=b"")


def alipay_fields(**changed: str) -> dict[str, str]:
    return {
        "notify_id": "2026112200222120000000000000000001",
        "notify_type": "trade_status_sync",
        "notify_time": "2026-11-22 12:00:01",
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "out_trade_no": NUMBER,
        "trade_no": "2026112222001400000000000001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "19.90",
        "buyer_id": "2088102534368455",
        "buyer_logon_id": "13800138000",
        "gmt_payment": "2026-11-22 11:59:59",
        **changed,
    }


def alipay_signed(fields: Mapping[str, str], *, owner: str = "alipay") -> dict[str, str]:
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    return {**fields, "sign": rsa2.sign(rsa_key(owner), text.encode()), "sign_type": "RSA2"}


def alipay_notice(*, owner: str = "alipay", **changed: str) -> Notice:
    return posted(urlencode(alipay_signed(alipay_fields(**changed), owner=owner)).encode())


def epay_fields(**changed: str) -> dict[str, str]:
    return {
        "pid": "1001",
        "trade_no": "2026112210345600001",
        "out_trade_no": NUMBER,
        "type": "wxpay",
        "name": "VIP会员",
        "money": "19.90",
        "trade_status": "TRADE_SUCCESS",
        **changed,
    }


def epay_notice(*, key: str = EPAY_KEY, **changed: str) -> Notice:
    fields = epay_fields(**changed)
    return got(urlencode({**fields, "sign": epay.sign(fields, key), "sign_type": "MD5"}))


def sandbox_fields(**changed: object) -> dict[str, object]:
    return {
        "kind": "notice",
        "event": "ev-1",
        "merchant": "demo",
        "number": NUMBER,
        "trade_no": "sb-1",
        "status": "paid",
        "amount_fen": 1990,
        "currency": "CNY",
        "paid_at": NOW.isoformat(),
        "payer": "tester-13800138000",
        **changed,
    }


def sealed(body: bytes, *, key: str = SANDBOX_KEY, at: datetime = NOW) -> dict[str, str]:
    timestamp, nonce = str(int(at.timestamp())), "abcdefgh1234"
    values = timestamp, nonce, sandbox.sign(key, timestamp, nonce, body)
    return dict(zip(sandbox.HEADERS, values, strict=True))


def sandbox_notice(
    changed: Mapping[str, object] | None = None, *, key: str = SANDBOX_KEY, at: datetime = NOW
) -> Notice:
    body = json.dumps(sandbox_fields(**(changed or {}))).encode()
    return posted(body, sealed(body, key=key, at=at))
