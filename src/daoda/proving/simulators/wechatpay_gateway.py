"""WeChat Pay's APIv3, played: native, H5 and JSAPI orders, sealed notices, query, close, refunds.

Run it: ``python -m daoda.proving.simulators.wechatpay_gateway --port 8013 --keys FILE``. Every
request must be signed as APIv3 wants it, every answer is signed, refusals too. A notice is sealed
by AEAD_AES_256_GCM and repeated at 15s, 15s, 30s, 3m, 10m, 20m, 30m (three times), 1h, 3h (three
times), 6h (twice) until the answer is 200 or 204. An H5 page is ours; what a native code says is
for WeChat's own scanner, so a tester plays on the trade itself (``/trade/<number>``).
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daoda.kit.http import Call
from daoda.proving.simulators import wechatpay_refunds
from daoda.proving.simulators.counter import Counter
from daoda.proving.simulators.courier import Options
from daoda.proving.simulators.playing import PLAYS
from daoda.proving.simulators.refunds import break_off, told_of
from daoda.proving.simulators.running import Keys, run
from daoda.proving.simulators.trades import Event, OtherTrade, Payment, Trade
from daoda.proving.simulators.wechatpay_refunds import Refused

REPEATS_S = (
    15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600
)  # fmt: skip
AGE_S_MAX = 300
BEIJING = timezone(timedelta(hours=8))
WAYS = ("native", "h5", "jsapi")
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_PART = re.compile(r'(\w+)="([^"]*)"')
_STATES = {"open": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED", "refused": "CLOSED"}


class WechatPayVendor:
    """Holds WeChat Pay's private key, the merchant's public key, and the APIv3 key they share."""

    name = "微信支付（模拟） WeChat Pay, simulated"
    retry_s: tuple[float, ...] = REPEATS_S
    plays = tuple(PLAYS)
    tells_closing = False

    def __init__(self, keys: Keys) -> None:
        self.channel = keys["channel"]
        self._key = _private(keys["gateway"]["platform_private_key"])
        self._merchant = _public(keys["gateway"]["merchant_public_key"])

    def notice(self, trade: Trade, event: Event, now: datetime) -> Call:
        refund = event.says == "refunded"
        told = self._refund_told(trade, event, now) if refund else self.told(trade, event.payment)
        if event.flaw == "merchant":
            told["mchid"] = "1900009999"
        if event.flaw == "number":
            told["out_trade_no"] = "f" * 32
        kind = "refund" if refund else "transaction"
        body = json.dumps(
            {
                "id": f"EV-{event.id}",
                "create_time": local(now),
                "resource_type": "encrypt-resource",
                "event_type": "REFUND.SUCCESS" if refund else "TRANSACTION.SUCCESS",
                "summary": "退款成功" if refund else "支付成功",
                "resource": self._sealed(told, kind),
            },
            ensure_ascii=False,
        ).encode()
        headers = self.signed(body, now)
        if event.flaw == "forged":
            body = body.replace(b'"id"', b'"id" ', 1)
        if event.flaw == "probe":
            headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
        return Call("POST", trade.notify_url, headers, body)

    def _refund_told(self, trade: Trade, event: Event, now: datetime) -> dict[str, Any]:
        told = wechatpay_refunds.told(trade, told_of(trade, event.id, now))
        told["refund_status"] = told.pop("status")
        return {"mchid": self.channel["mchid"], **told}

    def _sealed(self, told: Mapping[str, Any], kind: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        plain = json.dumps(told, ensure_ascii=False).encode()
        key = AESGCM(self.channel["api_v3_key"].encode())
        sealed = key.encrypt(nonce.encode(), plain, kind.encode())
        return {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }

    def told(self, trade: Trade, payment: Payment | None) -> dict[str, Any]:
        """A trade as a notice or an answer tells it."""
        gone_back = any(one.state == "done" for one in trade.refunds)
        said = "REFUND" if payment and gone_back else _STATES[trade.state]
        fields: dict[str, Any] = {
            "appid": self.channel["appid"],
            "mchid": self.channel["mchid"],
            "out_trade_no": trade.number,
            "trade_state": "SUCCESS" if payment and not gone_back else said,
            "trade_state_desc": said,
            "amount": {"total": trade.amount_fen, "currency": trade.currency},
        }
        if payment is None:
            return fields
        amount = {
            "total": payment.amount_fen, "payer_total": payment.amount_fen,
            "currency": payment.currency, "payer_currency": payment.currency,
        }  # fmt: skip
        return fields | {
            "transaction_id": payment.trade_no,
            "trade_type": {"h5": "MWEB"}.get(trade.kind, trade.kind.upper()),
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": local(datetime.fromisoformat(payment.paid_at)),
            "payer": {"openid": f"o{payment.payer}"},
            "amount": amount,
        }

    def accepted(self, status: int, body: bytes) -> bool:
        return status in {200, 204}

    def signed(self, body: bytes, now: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json",
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.channel["platform_key_id"],
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Request-ID": secrets.token_hex(16),
        }

    def check(self, request: web.Request, body: bytes, now: datetime) -> None:
        """Raises Refused where the request is not the merchant's, or too old."""
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        parts = dict(_PART.findall(rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or "signature" not in parts:
            raise Refused(401, "SIGN_ERROR", "Http头Authorization值格式错误")
        if (parts.get("mchid"), parts.get("serial_no")) != (
            self.channel["mchid"], self.channel["serial_no"],
        ):  # fmt: skip
            raise Refused(401, "SIGN_ERROR", "商户号或证书序列号有误")
        timestamp = parts.get("timestamp", "")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > AGE_S_MAX:
            raise Refused(401, "SIGN_ERROR", "时间戳有误")
        head = f"{request.method}\n{request.path_qs}\n{timestamp}\n{parts.get('nonce_str', '')}\n"
        try:
            signature = base64.b64decode(parts["signature"], validate=True)
            text = head.encode() + body + b"\n"
            self._merchant.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise Refused(401, "SIGN_ERROR", "签名错误") from None
        if "application/json" not in request.headers.get("Accept", ""):
            raise Refused(400, "PARAM_ERROR", "请设置Accept")


class Interface:
    """``/v3/...``: what the merchant's server calls."""

    def __init__(self, vendor: WechatPayVendor, counter: Counter) -> None:
        self._vendor, self._counter = vendor, counter

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body, now = await request.read(), self._counter.options.clock()
        try:
            self._vendor.check(request, body, now)
            told = self._answer(request, _fields(body))
        except Refused as problem:
            told = {"code": problem.code, "message": problem.words}
            return self._say(problem.status, told)
        except OtherTrade:
            return self._say(403, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"})
        if told is None:
            return break_off(request)
        return self._say(200 if told else 204, told)

    def _say(self, status: int, told: Mapping[str, Any]) -> web.Response:
        body = json.dumps(told, ensure_ascii=False).encode() if told else b""
        headers = self._vendor.signed(body, self._counter.options.clock())
        return web.Response(status=status, body=body, headers=headers)

    def _answer(self, request: web.Request, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """What is answered; nothing for 204, None for silence. Raises Refused, OtherTrade."""
        parts = request.path.removeprefix("/v3/").split("/")
        match [request.method, *parts]:
            case ["POST", "pay", "transactions", way] if way in WAYS:
                return self._order(request, way, fields)
            case ["GET", "pay", "transactions", "out-trade-no", number]:
                self._same_merchant(request.query.get("mchid"))
                trade = self._trade(number)
                return self._vendor.told(trade, trade.payments[0] if trade.payments else None)
            case ["POST", "pay", "transactions", "out-trade-no", number, "close"]:
                self._same_merchant(fields.get("mchid"))
                return self._close(self._trade(number))
            case ["POST", "refund", "domestic", "refunds"]:
                return wechatpay_refunds.refund(self._counter, fields)
            case ["GET", "refund", "domestic", "refunds", number]:
                return wechatpay_refunds.query(self._counter, number)
        raise Refused(404, "RESOURCE_NOT_EXISTS", "无此接口")

    def _same_merchant(self, mchid: object) -> None:
        if mchid != self._vendor.channel["mchid"]:
            raise Refused(400, "PARAM_ERROR", "商户号有误")

    def _trade(self, number: str) -> Trade:
        trade = self._counter.book.trades.get(number)
        if trade is None:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return trade

    def _order(self, request: web.Request, way: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        trade = self._counter.book.open(self._wanted(way, fields))
        if trade.state != "open":
            code = "ORDER_PAID" if trade.state == "paid" else "ORDER_CLOSED"
            raise Refused(400, code, "订单状态不允许")
        if way == "h5":
            return {"h5_url": str(request.url.origin().with_path(f"/trade/{trade.number}"))}
        if way == "jsapi":
            return {"prepay_id": f"wx{trade.number}"}
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={trade.number}"}

    def _wanted(self, way: str, fields: Mapping[str, Any]) -> Trade:
        """Raises Refused for what APIv3 would refuse."""
        amount = fields.get("amount")
        total = amount.get("total") if isinstance(amount, dict) else None
        number, notify_url = str(fields.get("out_trade_no", "")), str(fields.get("notify_url", ""))
        problems = {
            "appid": fields.get("appid") != self._vendor.channel["appid"],
            "mchid": fields.get("mchid") != self._vendor.channel["mchid"],
            "out_trade_no": not _NUMBER.fullmatch(number),
            "description": not 0 < len(str(fields.get("description", "")).encode()) <= 127,
            "notify_url": not notify_url.startswith("http") or bool(urlsplit(notify_url).query),
            "amount": type(total) is not int or total <= 0,
            "time_expire": not _is_time(str(fields.get("time_expire", ""))),
            "payer": way == "jsapi" and not fields.get("payer", {}).get("openid"),
            "scene_info": way == "h5" and not fields.get("scene_info", {}).get("payer_client_ip"),
        }
        for name, wrong in problems.items():
            if wrong:
                raise Refused(400, "PARAM_ERROR", f"参数错误: {name}")
        return Trade(
            number=number,
            amount_fen=int(total or 0),
            currency=str(fields["amount"].get("currency", "CNY")),
            subject=str(fields["description"]),
            notify_url=notify_url,
            return_url="",
            opened_at=self._counter.options.clock().isoformat(timespec="seconds"),
            expires_at=str(fields["time_expire"]),
            kind=way,
        )

    def _close(self, trade: Trade) -> dict[str, Any]:
        if trade.state == "paid":
            raise Refused(400, "ORDER_PAID", "订单已支付")
        if trade.state != "open":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭")
        trade.state = "closed"
        self._counter.book.save()
        return {}


def _fields(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        raise Refused(400, "PARAM_ERROR", "不是JSON") from None
    if not isinstance(found, dict):
        raise Refused(400, "PARAM_ERROR", "不是JSON对象")
    return found


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def local(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def new_keys() -> Keys:
    """``channel`` is what the shop's channel is configured with, ``gateway`` the other halves."""
    merchant, platform = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    return {
        "channel": {
            "mchid": "1900000001",
            "appid": "wx0000000000000001",
            "serial_no": secrets.token_hex(20).upper(),
            "merchant_private_key": _private_text(merchant),
            "api_v3_key": secrets.token_hex(16),
            "platform_key_id": "PUB_KEY_ID_0119000000012026112200000000000001",
            "platform_key": _public_text(platform),
            "gateway": "",
        },
        "gateway": {
            "merchant_public_key": _public_text(merchant),
            "platform_private_key": _private_text(platform),
        },
    }


def _private_text(key: rsa.RSAPrivateKey) -> str:
    raw = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return raw.decode()


def _public_text(key: rsa.RSAPrivateKey) -> str:
    raw = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return raw.decode()


def _private(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the gateway's key is not RSA")
    return key


def _public(text: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(text.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("the merchant's key is not RSA")
    return key


def make_app(keys: Keys, options: Options | None = None) -> web.Application:
    vendor = WechatPayVendor(keys)
    counter = Counter(vendor, options or Options())
    app, interface = counter.app(), Interface(vendor, counter)
    app.router.add_route("*", "/v3/{rest:.*}", interface.handle)
    return app


if __name__ == "__main__":
    run("wechatpay", new_keys=new_keys, gateway_path="", make_app=make_app)
