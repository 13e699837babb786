"""WeChat Pay APIv3: native (QR), H5 on phones, JSAPI inside WeChat.

A page is made by a call (``prepare``); a notice is verified over its raw bytes, then its resource
is opened with the APIv3 key. WeChat Pay states that delivery of notices is not guaranteed, so
queries by our own number are part of the way and not a repair. Amounts are whole fen.
A ``refunded`` trade was paid before: it says nothing about how much went back.

Source: pay.weixin.qq.com/doc/v3/merchant. Weaknesses: only merchants of their own (no service
provider mode), and platform certificates are not fetched: give the public key, or the certificate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.payments.adapters import checks, rsa2, wechatpay_refunds, wire
from daoda.trade.payments.adapters import wechatpay_seals as seals
from daoda.trade.payments.adapters import wechatpay_trades as trades
from daoda.trade.payments.adapters.base import (
    CannotStart,
    Capability,
    Notice,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    Reply,
    Start,
    Trouble,
)

CODE = "wechatpay"
GATEWAY = "https://api.mch.weixin.qq.com"
SETTINGS = (
    Setting("mchid"),
    Setting("appid"),
    Setting("serial_no"),
    Setting("merchant_private_key", secret=True, lines=True),
    Setting("api_v3_key", secret=True),
    Setting("platform_key_id", default=""),
    Setting("platform_key", lines=True),
    Setting("next_platform_key_id", default=""),
    Setting("next_platform_key", default="", lines=True),
    Setting("phone_page", default="no", choices=("yes", "no")),
    Setting("gateway", default=GATEWAY),
)
DESCRIPTION_BYTES_MAX = 127
_BEIJING = timezone(timedelta(hours=8))
_NO_SUCH_TRADE = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})
_NO_SUCH_REFUND = frozenset({"RESOURCE_NOT_EXISTS"})
_CLOSED_ALREADY = frozenset({"ORDER_CLOSED", "ORDERCLOSED"})
_BUSY = frozenset({"SYSTEM_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "BANK_ERROR"})
_FOR_A_PERSON = frozenset(
    {
        "SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH",
        "PARAM_ERROR", "INVALID_REQUEST", "RULE_LIMIT",
        "REQUEST_BLOCKED", "ACCOUNT_ERROR", "OUT_TRADE_NO_USED",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """Keys are parsed once, here; they never show in repr. ``platform_keys`` are by serial."""

    mchid: str
    appid: str
    serial_no: str
    merchant_private_key: rsa.RSAPrivateKey = field(repr=False)
    api_v3_key: bytes = field(repr=False)
    platform_keys: seals.Keys = field(repr=False)
    platform_key_id: str
    gateway: str = GATEWAY
    phone_page: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """From the channel's settings, keys as PEM or bare base64. Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        for name in ("mchid", "appid", "serial_no"):
            if not values[name].isascii() or not values[name].isalnum():
                raise ConfigProblem(name, "must be letters and digits")
        keys = seals.platform_keys(
            tuple(
                (name, values[f"{name}_id"], values[name])
                for name in ("platform_key", "next_platform_key")
            )
        )
        private = rsa2.private_key("merchant_private_key", values["merchant_private_key"])
        return cls(
            mchid=values["mchid"],
            appid=values["appid"],
            serial_no=values["serial_no"],
            merchant_private_key=private,
            api_v3_key=seals.api_key("api_v3_key", values["api_v3_key"]),
            platform_keys=keys,
            platform_key_id=values["platform_key_id"] or next(iter(keys)),
            gateway=configs.gateway("gateway", values["gateway"]),
            phone_page=values["phone_page"] == "yes",
        )


@dataclass(frozen=True)
class WechatPay:
    """Speaks for one app of one merchant."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            queries=True,
            confirms_by_query=False,
            closes=True,
            signs="SHA256-RSA2048",
            refunds=True,
            refund_query=True,
            refund_earliest_query_s=wechatpay_refunds.EARLIEST_QUERY_S,
            prepares=True,
            queries_per_s=50,
        )

    def start(self, *, start: Start, now: datetime) -> PayPage:
        raise CannotStart("WeChat Pay makes a page by a call only")

    def prepare(self, *, start: Start, now: datetime) -> Call:
        checks.startable(start, self.capability)
        if urlsplit(start.notify_url).query:
            raise CannotStart("WeChat Pay refuses an address for notices with a query in it")
        fields: dict[str, Any] = {
            "appid": self.config.appid,
            "mchid": self.config.mchid,
            "description": description(start.subject),
            "out_trade_no": start.number,
            "time_expire": start.expires_at.astimezone(_BEIJING).isoformat(timespec="seconds"),
            "notify_url": start.notify_url,
            "amount": {"total": start.amount_fen, "currency": start.currency},
        }
        way = self._way(start)
        if way == "jsapi":
            fields["payer"] = {"openid": start.openid}
        if way == "h5":
            fields["scene_info"] = {
                "payer_client_ip": start.client_ip,
                "h5_info": {"type": "Wap"},
            }
        return self._call("POST", f"/v3/pay/transactions/{way}", fields, now)

    def read_prepared(
        self, *, start: Start, answer: Answer | NoAnswer, now: datetime
    ) -> PayPage | Trouble:
        told = self._told(answer, now)
        if isinstance(told, Trouble):
            return told
        way = self._way(start)
        if way == "jsapi" and wire.text_in(told, "prepay_id"):
            return self._bridge(wire.text_in(told, "prepay_id"), now)
        link = wire.text_in(told, "h5_url" if way == "h5" else "code_url")
        if way == "native" and urlsplit(link).scheme == "weixin":
            return PayPage(method="GET", url="", qr_text=link)
        if way == "h5" and urlsplit(link).scheme in {"http", "https"}:
            glue = "&" if "?" in link else "?"
            back = f"{glue}redirect_url={quote(start.return_url, safe='')}"
            return PayPage(method="GET", url=link + back)
        return Trouble("unknown", _refused(told) or "WeChat Pay names no page")

    def _way(self, start: Start) -> str:
        if start.openid:
            return "jsapi"
        return "h5" if start.phone and self.config.phone_page else "native"

    def _bridge(self, prepay_id: str, now: datetime) -> PayPage:
        """The terms WeixinJSBridge is called with, signed by us."""
        timestamp, nonce = str(int(now.timestamp())), prepay_id[-32:]
        package = f"prepay_id={prepay_id}"
        text = f"{self.config.appid}\n{timestamp}\n{nonce}\n{package}\n"
        terms = {
            "appId": self.config.appid,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": rsa2.sign(self.config.merchant_private_key, text.encode()),
        }
        return PayPage(method="GET", url="", bridge=terms)

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        if seals.is_probe(notice.headers):
            return wire.not_genuine(
                "probe", notice=notice, detail="a probe: refusing it is the right answer"
            )
        flaw = seals.flaw(self.config.platform_keys, notice.headers, notice.body, now)
        if flaw:
            return wire.not_genuine("forged", notice=notice, detail=flaw)
        try:
            body = wire.parse_json(notice.body)
            told = self._resource(body)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice=notice, detail=f"the notice {problem}")
        event = wire.text_in(body, "id")
        reading = self._reading(event, told) if checks.short(event) else None
        return reading or wire.not_genuine(
            "unreadable", notice=notice, detail="signed, but not a notice of a payment"
        )

    def _reading(self, event_key: str, told: Mapping[str, Any]) -> Reading | None:
        return trades.reading(event_key, told, mchid=self.config.mchid, appid=self.config.appid)

    def answer(self, *, accepted: bool) -> Reply:
        if accepted:
            return Reply(200, "application/json", b'{"code":"SUCCESS"}')
        return Reply(401, "application/json", b'{"code":"FAIL","message":"not accepted"}')

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        path = f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.config.mchid}"
        return self._call("GET", path, None, now)

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        told = self._told(answer, now)
        if isinstance(told, Trouble):
            return told
        if wire.text_in(told, "code") in _NO_SUCH_TRADE:
            return trades.absent(number)
        reading = self._reading(f"query:{number}:{wire.text_in(told, 'trade_state')}", told)
        if reading is None or (reading.out_number, reading.verdict) != (number, "genuine"):
            return Trouble("unknown", _refused(told) or "the answer is about another trade")
        return reading

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        path = f"/v3/pay/transactions/out-trade-no/{number}/close"
        return self._call("POST", path, {"mchid": self.config.mchid}, now)

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        told = self._told(answer, now)
        if isinstance(told, Trouble):
            return told
        code = wire.text_in(told, "code")
        if code in _NO_SUCH_TRADE:
            return trades.absent(number)
        if code and code not in _CLOSED_ALREADY:
            return Trouble("unknown", _refused(told))
        return Reading(
            verdict="genuine",
            event_key=f"close:{number}",
            detail="WeChat Pay closed the trade",
            out_number=number,
            status="closed",
        )

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        return self._call("POST", "/v3/refund/domestic/refunds", wechatpay_refunds.asked(ask), now)

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        told = self._told(answer, now)
        if isinstance(told, Trouble):
            return told
        if wire.text_in(told, "code") in wechatpay_refunds.FAILED:
            return wechatpay_refunds.failed(ask, _refused(told))
        refused = _refused(told)
        return Trouble("person", refused) if refused else wechatpay_refunds.read(ask, told)

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        return self._call("GET", f"/v3/refund/domestic/refunds/{ask.number}", None, now)

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        told = self._told(answer, now)
        if isinstance(told, Trouble):
            return told
        if wire.text_in(told, "code") in _NO_SUCH_REFUND:
            return wechatpay_refunds.absent(ask)
        refused = _refused(told)
        return Trouble("unknown", refused) if refused else wechatpay_refunds.read(ask, told)

    def mask(self, *, notice: Notice) -> dict[str, object]:
        try:
            body = wire.parse_json(notice.body)
        except wire.Unreadable:
            return wire.mask_notice(notice, None)
        fields = {name: value for name, value in body.items() if isinstance(value, str)}
        try:
            told = self._resource(body)
        except wire.Unreadable:
            return wire.mask_notice(notice, fields)
        return wire.mask_notice(notice, {**fields, **trades.flat(told)})

    def _resource(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a notice carries sealed. Raises Unreadable."""
        resource = wire.inside(body, "resource")
        return wire.parse_json(seals.opened(self.config.api_v3_key, resource))

    def _call(
        self, method: str, path: str, fields: Mapping[str, Any] | None, now: datetime
    ) -> Call:
        body = b""
        if fields is not None:
            body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "accept": "application/json",
            "wechatpay-serial": self.config.platform_key_id,
            "authorization": seals.authorization(
                merchant=self.config.mchid,
                serial=self.config.serial_no,
                key=self.config.merchant_private_key,
                method=method,
                path=urlsplit(self.config.gateway).path + path,
                body=body,
                now=now,
            ),
        }
        if body:
            headers["content-type"] = "application/json"
        return Call(method=method, url=self.config.gateway + path, headers=headers, body=body)

    def _told(self, answer: Answer | NoAnswer, now: datetime) -> dict[str, Any] | Trouble:
        """The verified body of an answer; one of a refusal that says something has a ``code``."""
        if isinstance(answer, NoAnswer):
            return Trouble("unknown", f"no answer: {answer.reason}")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        flaw = seals.flaw(self.config.platform_keys, headers, answer.body, now)
        if answer.status not in {200, 204}:
            return _refusal(answer, flaw)
        if flaw:
            return Trouble("unknown", f"the answer: {flaw}")
        if answer.status == 204:
            return {}
        try:
            return wire.parse_json(answer.body)
        except wire.Unreadable as problem:
            return Trouble("unknown", f"the answer {problem}")


def _refusal(answer: Answer, flaw: str) -> dict[str, Any] | Trouble:
    """A refusal as it was told, if it is signed; else what its status leaves us to do."""
    trouble = wire.no_use(answer)
    try:
        told = wire.parse_json(answer.body)
    except wire.Unreadable:
        return trouble or Trouble("unknown", f"HTTP {answer.status}")
    code = wire.text_in(told, "code")
    words = _refused(told) or f"HTTP {answer.status}"
    if code in _BUSY or answer.status == 429 or answer.status >= 500:
        return Trouble("retry_after", words, wait_s=wire.BUSY_WAIT_S)
    if code in _FOR_A_PERSON or (answer.status in {401, 403} and (flaw or not code)):
        # WeChat Pay cannot always sign these, and believing a false one moves no money.
        return Trouble("person", words)
    return Trouble("unknown", words) if flaw or not code else told


def _refused(told: Mapping[str, Any]) -> str:
    code = wire.text_in(told, "code")
    said = wire.shown(f"{code} {wire.text_in(told, 'message')}", chars=120)
    return f"WeChat Pay refuses: {said}" if code else ""


def description(text: str) -> str:
    """At most 127 bytes, printable."""
    clean = "".join(letter for letter in text if letter.isprintable())
    return clean.encode()[:DESCRIPTION_BYTES_MAX].decode(errors="ignore").strip() or "Order"
