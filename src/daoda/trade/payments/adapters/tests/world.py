"""A small named world: one merchant on five channels, and the channels' side of the keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daoda.trade.payments.adapters import (
    alipay,
    epay,
    rsa2,
    sandbox,
    stripe,
    stripe_signing,
    wechatpay,
)
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

MCHID, APPID = "1900000001", "wx0000000000000001"
API_V3_KEY, PLATFORM_KEY_ID = "apiv3-key-of-exactly-32-bytes-01", "PUB_KEY_ID_0000000001"
WECHAT_CONFIG = {
    "mchid": MCHID,
    "appid": APPID,
    "serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    "merchant_private_key": der(rsa_key("merchant")),
    "api_v3_key": API_V3_KEY,
    "platform_key_id": PLATFORM_KEY_ID,
    "platform_key": der(rsa_key("wechat").public_key()),
}
WEBHOOK_SECRET, OLD_WEBHOOK_SECRET = "whsec_" + "n" * 32, "whsec_" + "o" * 32
STRIPE_CONFIG = {
    "secret_key": "sk_test_" + "s" * 24,
    "webhook_secret": WEBHOOK_SECRET,
    "previous_webhook_secret": OLD_WEBHOOK_SECRET,
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


@cache
def a_wechatpay() -> wechatpay.WechatPay:
    return wechatpay.WechatPay(wechatpay.Config.parse(WECHAT_CONFIG))


@cache
def a_stripe() -> stripe.Stripe:
    return stripe.Stripe(stripe.Config.parse(STRIPE_CONFIG))


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


def wechat_trade(**changed: object) -> dict[str, object]:
    return {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": NUMBER,
        "transaction_id": "4200001234202611220000000001",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "success_time": "2026-11-22T11:59:59+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 1990, "payer_total": 1890, "currency": "CNY", "payer_currency": "CNY"},
        **changed,
    }


def wechat_signed(
    body: bytes, *, at: datetime = NOW, owner: str = "wechat", serial: str = PLATFORM_KEY_ID
) -> dict[str, str]:
    timestamp, nonce = str(int(at.timestamp())), "mQ3uK8wXb7TnR2pL"
    signed = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-signature": rsa2.sign(rsa_key(owner), signed),
        "wechatpay-serial": serial,
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
    }


def wechat_body(told: Mapping[str, object], *, event: str = "TRANSACTION.SUCCESS") -> bytes:
    plain = json.dumps(told, ensure_ascii=False).encode()
    sealed = AESGCM(API_V3_KEY.encode()).encrypt(b"fdasflkja484", plain, b"transaction")
    return json.dumps(
        {
            "id": "EV-2026112212000000001",
            "create_time": "2026-11-22T12:00:00+08:00",
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "transaction",
                "nonce": "fdasflkja484",
            },
        },
        ensure_ascii=False,
    ).encode()


def wechat_notice(**changed: object) -> Notice:
    body = wechat_body(wechat_trade(**changed))
    return posted(body, wechat_signed(body))


def stripe_session(**changed: object) -> dict[str, object]:
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "client_reference_id": NUMBER,
        "payment_intent": "pi_0001",
        "amount_total": 1990,
        "currency": "cny",
        "status": "complete",
        "payment_status": "paid",
        "customer_details": {"email": "li@example.cn"},
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        **changed,
    }


def stripe_event(
    thing: Mapping[str, object], *, kind: str = "checkout.session.completed", **changed: object
) -> bytes:
    event = {
        "id": "evt_0001",
        "object": "event",
        "type": kind,
        "created": int(NOW.timestamp()),
        "livemode": False,
        "data": {"object": dict(thing)},
        **changed,
    }
    return json.dumps(event).encode()


def stripe_notice(body: bytes, *, secret: str = WEBHOOK_SECRET, at: datetime = NOW) -> Notice:
    timestamp = str(int(at.timestamp()))
    signature = stripe_signing.sign(secret, timestamp, body)
    return posted(body, {"stripe-signature": f"t={timestamp},v1={signature}"})
