"""Alipay's gateway, played: page and phone-page payment, RSA2 notices, query, close, refunds.

Run it: ``python -m daoda.proving.simulators.alipay_gateway --port 8011 --keys FILE``. A notice is
repeated at 4m, 10m, 10m, 1h, 2h, 6h, 15h until the answer is the bare ``success``; its time changes
with every try, its notify_id does not. Closing is not told, as by Alipay's defaults.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from daoda.kit.http import Call
from daoda.kit.money import NotMoney, parse_yuan, yuan
from daoda.proving.simulators import alipay_refunds
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.playing import PLAYS
from daoda.proving.simulators.refunds import break_off, gone_back_fen
from daoda.proving.simulators.running import Keys, run
from daoda.proving.simulators.trades import Event, OtherTrade, Payment, Trade

REPEATS_S = (240, 600, 600, 3600, 7200, 21600, 54000)
BEIJING = timezone(timedelta(hours=8))
_STATES = {
    "open": "WAIT_BUYER_PAY",
    "paid": "TRADE_SUCCESS",
    "closed": "TRADE_CLOSED",
    "refused": "TRADE_CLOSED",
}


class Refused(Exception):
    """A request the gateway refuses; ``sub_code`` as Alipay names it."""

    def __init__(self, code: str, sub_code: str) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code = code, sub_code


class AlipayVendor:
    """Holds Alipay's private key and the app's public key."""

    name = "支付宝（模拟） Alipay, simulated"
    retry_s: tuple[float, ...] = REPEATS_S
    plays = tuple(play for play in PLAYS if play != "probe")
    tells_closing = False

    def __init__(self, keys: Keys) -> None:
        self.app_id, self.seller_id = keys["channel"]["app_id"], keys["channel"]["seller_id"]
        self._key = _private(keys["gateway"]["alipay_private_key"])
        self._app_key = _public(keys["gateway"]["app_public_key"])

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call:
        fields = self._notice_fields(trade, event, now)
        fields["sign"] = self.sign("&".join(f"{name}={fields[name]}" for name in sorted(fields)))
        fields["sign_type"] = "RSA2"
        if event.flaw == "forged":
            fields["total_amount"] += "0"
        return Call(
            "POST",
            trade.notify_url,
            {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            urlencode(fields).encode(),
        )

    def _notice_fields(self, trade: Trade, event: Event, now: datetime) -> dict[str, str]:
        payment = event.payment
        amount = yuan(payment.amount_fen if payment else trade.amount_fen)
        ours = event.flaw != "merchant"
        fields = {
            "gmt_create": local(trade.opened_at),
            "charset": "utf-8",
            "subject": trade.subject,
            "notify_id": _notify_id(event.id, now),
            "notify_type": "trade_status_sync",
            "notify_time": now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "trade_status": "TRADE_SUCCESS",
            "app_id": self.app_id if ours else "2021999999999999",
            "auth_app_id": self.app_id if ours else "2021999999999999",
            "seller_id": self.seller_id if ours else "2088999999999999",
            "out_trade_no": "f" * 32 if event.flaw == "number" else trade.number,
            "total_amount": amount,
            "receipt_amount": amount,
            "buyer_pay_amount": amount,
            "invoice_amount": amount,
            "point_amount": "0.00",
            "fund_bill_list": f'[{{"amount":"{amount}","fundChannel":"ALIPAYACCOUNT"}}]',
        }
        if event.says == "refunded":
            back_fen = gone_back_fen(trade)
            whole = back_fen >= (payment.amount_fen if payment else trade.amount_fen)
            fields |= {
                "trade_status": "TRADE_CLOSED" if whole else "TRADE_SUCCESS",
                "refund_fee": yuan(back_fen),
                "gmt_refund": now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
                "out_biz_no": event.id.partition("r")[0],
            }
        return fields | (_paid_fields(payment) if payment else {})

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def sign(self, text: str) -> str:
        return base64.b64encode(
            self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        ).decode()

    def check(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """The request's business content. Raises Refused."""
        if fields.get("app_id") != self.app_id:
            raise Refused("40002", "isv.invalid-app-id")
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign")
        try:
            sign = base64.b64decode(fields.get("sign", ""), validate=True)
            self._app_key.verify(sign, text.encode(), padding.PKCS1v15(), hashes.SHA256())
            content = json.loads(fields.get("biz_content", ""))
        except InvalidSignature:
            raise Refused("40002", "isv.invalid-signature") from None
        except ValueError:
            raise Refused("40002", "isv.invalid-parameter") from None
        if not isinstance(content, dict) or not content.get("out_trade_no"):
            raise Refused("40004", "ACQ.INVALID_PARAMETER")
        return content

    def answer(self, method: str, node: Mapping[str, str]) -> web.Response:
        """Signed over the node's bytes, in which slashes are escaped as Alipay does."""
        raw = json.dumps(node, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        name = method.replace(".", "_") + "_response"
        text = f'{{"{name}":{raw},"sign":"{self.sign(raw)}"}}'
        return web.Response(text=text, content_type="text/html", charset="utf-8")


class Gateway:
    """``/gateway.do``: one address, the method is a parameter."""

    def __init__(self, vendor: AlipayVendor, counter: Counter) -> None:
        self._vendor, self._counter = vendor, counter

    async def handle(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in request.query.items()}
        fields |= {name: str(value) for name, value in (await request.post()).items()}
        method = fields.get("method", "")
        if method in {"alipay.trade.page.pay", "alipay.trade.wap.pay"}:
            return self._pay(fields)
        try:
            content = self._vendor.check(fields)
            trade = self._counter.book.trades.get(content["out_trade_no"])
            if method in alipay_refunds.METHODS:
                found = alipay_refunds.node(self._counter, method, content, trade)
                if found is None:
                    return break_off(request)
                node = found
            else:
                node = self._asked(method, trade)
        except (Refused, alipay_refunds.Refused) as problem:
            node = {"code": problem.code, "msg": "Business Failed", "sub_code": problem.sub_code}
        return self._vendor.answer(method, node)

    def _pay(self, fields: Mapping[str, str]) -> web.Response:
        try:
            content = self._vendor.check(fields)
            trade = self._counter.book.open(_trade(fields, content, self._counter.options.clock()))
        except (Refused, OtherTrade, NotMoney, KeyError, ValueError) as problem:
            return self._counter.trouble(str(problem))
        raise web.HTTPSeeOther(f"/trade/{trade.number}")

    def _asked(self, method: str, trade: Trade | None) -> dict[str, str]:
        if method not in {"alipay.trade.query", "alipay.trade.close"}:
            raise Refused("40002", "isv.invalid-method")
        if trade is None:
            raise Refused("40004", "ACQ.TRADE_NOT_EXIST")
        if method == "alipay.trade.close":
            return self._close(trade)
        payment = trade.payments[0] if trade.payments else None
        node = {
            "code": "10000",
            "msg": "Success",
            "out_trade_no": trade.number,
            "trade_no": payment.trade_no if payment else _unpaid_trade_no(trade),
            "trade_status": _STATES[trade.state],
            "total_amount": yuan(payment.amount_fen if payment else trade.amount_fen),
            "subject": trade.subject,
        }
        if payment:
            node |= {
                "send_pay_date": local(payment.paid_at),
                "buyer_user_id": payment.payer,
                "buyer_logon_id": "138****4711",
            }
            if payment.currency != "CNY":
                node["trans_currency"] = payment.currency
        return node

    def _close(self, trade: Trade) -> dict[str, str]:
        if trade.state != "open":
            raise Refused("40004", "ACQ.TRADE_STATUS_ERROR")
        trade.state = "closed"
        self._counter.book.save()
        return {
            "code": "10000",
            "msg": "Success",
            "out_trade_no": trade.number,
            "trade_no": _unpaid_trade_no(trade),
        }


def _paid_fields(payment: Payment) -> dict[str, str]:
    fields = {
        "trade_no": payment.trade_no,
        "gmt_payment": local(payment.paid_at),
        "buyer_id": payment.payer,
        "buyer_logon_id": "138****4711",
    }
    if payment.currency != "CNY":
        fields["trans_currency"] = payment.currency
    return fields


def _notify_id(event_id: str, now: datetime) -> str:
    """The same for every repeat, in digits as by Alipay."""
    digits = int(hashlib.sha256(event_id.encode()).hexdigest()[:13], 16)
    return f"{now.astimezone(BEIJING):%Y%m%d}{digits:024d}"


def _trade(fields: Mapping[str, str], content: Mapping[str, Any], now: datetime) -> Trade:
    expires = str(content.get("time_expire") or "")
    at = datetime.strptime(f"{expires} +0800", "%Y-%m-%d %H:%M:%S %z") if expires else None
    return Trade(
        number=str(content["out_trade_no"]),
        amount_fen=parse_yuan(str(content["total_amount"])),
        currency="CNY",
        subject=str(content["subject"]),
        notify_url=fields.get("notify_url", ""),
        return_url=fields.get("return_url", ""),
        opened_at=now.isoformat(timespec="seconds"),
        expires_at=at.astimezone(UTC).isoformat() if at else "",
        kind=fields["method"],
    )


def _unpaid_trade_no(trade: Trade) -> str:
    return trade.next_trade_no(datetime.fromisoformat(trade.opened_at))


def local(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def new_keys() -> Keys:
    """``channel`` is what the shop's channel is configured with, ``gateway`` the other halves."""
    app, alipay = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    return {
        "channel": {
            "app_id": "2021000000000001",
            "seller_id": "2088000000000001",
            "app_private_key": _private_text(app),
            "alipay_public_key": _public_text(alipay),
            "gateway": "",
        },
        "gateway": {
            "app_public_key": _public_text(app),
            "alipay_private_key": _private_text(alipay),
        },
    }


def _private_text(key: rsa.RSAPrivateKey) -> str:
    raw = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return base64.b64encode(raw).decode()


def _public_text(key: rsa.RSAPrivateKey) -> str:
    raw = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(raw).decode()


def _private(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(base64.b64decode(text), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the gateway's key is not RSA")
    return key


def _public(text: str) -> rsa.RSAPublicKey:
    key = serialization.load_der_public_key(base64.b64decode(text))
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("the app's key is not RSA")
    return key


def make_app(keys: Keys, options: Options | None = None) -> web.Application:
    vendor = AlipayVendor(keys)
    counter = Counter(vendor, options or Options())
    app, gateway = counter.app(), Gateway(vendor, counter)
    app.router.add_route("*", "/gateway.do", gateway.handle)
    return app


if __name__ == "__main__":
    run("alipay", new_keys=new_keys, gateway_path="/gateway.do", make_app=make_app)
