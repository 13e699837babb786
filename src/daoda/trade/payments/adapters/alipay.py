"""Alipay: page and phone-page payment with RSA2 (SHA256 with RSA).

A payment notice verifies only with both ``sign`` and ``sign_type`` left out; the signature of an
answer covers the bytes of its response node as sent, so the node is cut out of the text and only
that text is parsed. A valid signature says that Alipay wrote it, not that it is about us: app_id
and seller_id are compared here, number and amount by the caller.

Source: opendocs.alipay.com, open/270/105902 (notices) and open/028e9f (query); test vectors in
``alipay_notify.json``. Weakness: certificate mode (app_cert_sn) is not spoken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from daoda.kit import configs
from daoda.kit.configs import Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.kit.money import yuan
from daoda.trade.payments.adapters import alipay_refunds, checks, rsa2, wire
from daoda.trade.payments.adapters.base import (
    Capability,
    Notice,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    Reply,
    Start,
    Status,
    Trouble,
)

CODE = "alipay"
GATEWAY = "https://openapi.alipay.com/gateway.do"
SETTINGS = (
    Setting("app_id"),
    Setting("seller_id"),
    Setting("app_private_key", secret=True, lines=True),
    Setting("alipay_public_key", lines=True),
    Setting("gateway", default=GATEWAY),
    Setting("phone_page", default="yes", choices=("yes", "no")),
)
SUBJECT_CHARS_MAX = 128
_STATUS: dict[str, Status] = {
    "WAIT_BUYER_PAY": "pending",
    "TRADE_CLOSED": "closed",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
}
_REFUSALS: dict[str, Trouble] = {
    "20000": Trouble("retry_after", "Alipay is busy (20000)", wait_s=10),
    "40005": Trouble("retry_after", "called too often (40005)", wait_s=60),
    "20001": Trouble("person", "authorisation is refused (20001)"),
    "40001": Trouble("person", "a required parameter is missing (40001)"),
    "40002": Trouble("person", "a parameter or our signature is refused (40002)"),
    "40006": Trouble("person", "the app may not use this interface (40006)"),
}


@dataclass(frozen=True)
class Config:
    """Keys are parsed once, here; they never show in repr."""

    app_id: str
    seller_id: str
    app_private_key: rsa.RSAPrivateKey = field(repr=False)
    alipay_public_key: rsa.RSAPublicKey = field(repr=False)
    gateway: str = GATEWAY
    phone_page: bool = True

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """From the channel's settings, keys as PEM or bare base64. Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        return cls(
            app_id=values["app_id"],
            seller_id=values["seller_id"],
            app_private_key=rsa2.private_key("app_private_key", values["app_private_key"]),
            alipay_public_key=rsa2.public_key("alipay_public_key", values["alipay_public_key"]),
            gateway=configs.gateway("gateway", values["gateway"]),
            phone_page=values["phone_page"] == "yes",
        )


@dataclass(frozen=True)
class Alipay:
    """Speaks for one app of one seller."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            queries=True,
            confirms_by_query=False,
            closes=True,
            signs="RSA2",
            refunds=True,
            refund_query=True,
            refund_earliest_query_s=alipay_refunds.EARLIEST_QUERY_S,
        )

    def start(self, *, start: Start, now: datetime) -> PayPage:
        checks.startable(start, self.capability)
        phone = start.phone and self.config.phone_page
        content = {
            "out_trade_no": start.number,
            "total_amount": yuan(start.amount_fen),
            "subject": plain_subject(start.subject),
            "product_code": "QUICK_WAP_WAY" if phone else "FAST_INSTANT_TRADE_PAY",
            "time_expire": wire.beijing(start.expires_at),
        }
        fields = self._signed(
            "alipay.trade.wap.pay" if phone else "alipay.trade.page.pay",
            content,
            now,
            notify_url=start.notify_url,
            return_url=start.return_url,
        )
        return PayPage(method="GET", url=f"{self.config.gateway}?{urlencode(fields)}")

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        try:
            fields = _fields(notice)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice=notice, detail=f"the form {problem}")
        flaw = self._signature_flaw(fields)
        if flaw:
            return wire.not_genuine("forged", notice=notice, detail=flaw)
        return self._reading(notice, fields)

    def _signature_flaw(self, fields: Mapping[str, str]) -> str:
        if fields.get("sign_type", "RSA2") != "RSA2":
            return "the signature is not RSA2"
        if not fields.get("sign"):
            return "there is no signature"
        text = signed_text(fields, left_out=("sign", "sign_type"))
        if not rsa2.verify(self.config.alipay_public_key, text.encode(), fields["sign"]):
            return "the signature does not fit Alipay's key"
        return ""

    def _reading(self, notice: Notice, fields: Mapping[str, str]) -> Reading:
        key = fields.get("notify_id", "")
        numbers = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        if not checks.short(key) or not all(map(checks.short, numbers)):
            return wire.not_genuine(
                "unreadable", notice=notice, detail="signed, but not a payment notice"
            )
        ours = (fields.get("app_id"), fields.get("seller_id")) == (
            self.config.app_id,
            self.config.seller_id,
        )
        status, amount_fen = _state(fields)
        return Reading(
            verdict="genuine" if ours else "wrong_merchant",
            event_key=key,
            detail=_in_words(fields) if ours else "signed by Alipay for another app or seller",
            out_number=numbers[0],
            trade_no=numbers[1],
            amount_fen=amount_fen,
            currency=fields.get("trans_currency") or "CNY",
            status=status,
            paid_at=wire.from_beijing(fields.get("gmt_payment")),
            payer=wire.masked_payer(fields.get("buyer_id", "")),
        )

    def answer(self, *, accepted: bool) -> Reply:
        return Reply(200, "text/plain; charset=utf-8", b"success" if accepted else b"failure")

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._call("alipay.trade.query", {"out_trade_no": number}, now)

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        node = self._node("alipay_trade_query_response", number, answer)
        if not isinstance(node, dict):
            return node
        status, amount_fen = _state(node)
        return Reading(
            verdict="genuine",
            event_key=f"query:{number}:{node.get('trade_status', '')}",
            detail=_in_words(node),
            out_number=number,
            trade_no=node.get("trade_no", ""),
            amount_fen=amount_fen,
            currency=node.get("trans_currency") or "CNY",
            status=status,
            paid_at=wire.from_beijing(node.get("send_pay_date")),
            payer=wire.masked_payer(node.get("buyer_user_id", "")),
        )

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._call("alipay.trade.close", {"out_trade_no": number}, now)

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        node = self._node("alipay_trade_close_response", number, answer)
        if not isinstance(node, dict):
            return node
        return Reading(
            verdict="genuine",
            event_key=f"close:{number}",
            detail="Alipay closed the trade",
            out_number=number,
            trade_no=node.get("trade_no", ""),
            status="closed",
        )

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        return self._call("alipay.trade.refund", alipay_refunds.asked(ask), now)

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        node = self._signed_node("alipay_trade_refund_response", answer)
        return node if isinstance(node, Trouble) else alipay_refunds.read(ask, node)

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        content = {"out_trade_no": ask.out_number, "out_request_no": ask.number}
        return self._call("alipay.trade.fastpay.refund.query", content, now)

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        node = self._signed_node("alipay_trade_fastpay_refund_query_response", answer)
        return node if isinstance(node, Trouble) else alipay_refunds.read_query(ask, node)

    def mask(self, *, notice: Notice) -> dict[str, object]:
        try:
            return wire.mask_notice(notice, _fields(notice))
        except wire.Unreadable:
            return wire.mask_notice(notice, None)

    def _call(self, method: str, content: Mapping[str, str], now: datetime) -> Call:
        return Call(
            method="POST",
            url=f"{self.config.gateway}?charset=utf-8",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=urlencode(self._signed(method, content, now)).encode(),
        )

    def _signed(
        self, method: str, content: Mapping[str, str], now: datetime, **urls: str
    ) -> dict[str, str]:
        fields = {
            "app_id": self.config.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": wire.beijing(now),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **{name: url for name, url in urls.items() if url},
        }
        text = signed_text(fields, left_out=("sign",))
        return fields | {"sign": rsa2.sign(self.config.app_private_key, text.encode())}

    def _node(
        self, name: str, number: str, answer: Answer | NoAnswer
    ) -> dict[str, str] | Reading | Trouble:
        """The verified response node of a successful answer about ``number``."""
        node = self._signed_node(name, answer)
        return node if isinstance(node, Trouble) else _about(number, node)

    def _signed_node(self, name: str, answer: Answer | NoAnswer) -> dict[str, str] | Trouble:
        """The verified response node, whether it tells of success or not."""
        trouble = wire.no_use(answer)
        if trouble or isinstance(answer, NoAnswer):
            return trouble or Trouble("unknown", "no answer")
        try:
            raw, sign = cut(answer.body.decode(), name)
            node = _texts(raw)
        except (wire.Unreadable, UnicodeDecodeError) as problem:
            return Trouble("unknown", f"the answer {problem}")
        if node.get("code") in _REFUSALS:
            # Alipay cannot always sign a refusal, and believing a false one moves no money.
            return _refusal(node)
        if not rsa2.verify(self.config.alipay_public_key, raw.encode(), sign):
            return Trouble("unknown", "the answer's signature does not fit Alipay's key")
        return node


def _about(number: str, node: dict[str, str]) -> dict[str, str] | Reading | Trouble:
    if node.get("code") != "10000":
        return _no_success(number, node)
    if node.get("out_trade_no") != number or not checks.short(node.get("trade_no", "")):
        return Trouble("unknown", "the answer is about another trade")
    return node


def _refusal(node: Mapping[str, str]) -> Trouble:
    known = _REFUSALS[node["code"]]
    said = wire.shown(node.get("sub_code", ""), chars=80)
    return Trouble(known.kind, f"{known.detail} {said}".strip(), known.wait_s)


def _no_success(number: str, node: Mapping[str, str]) -> Reading | Trouble:
    code, sub_code = node.get("code", ""), node.get("sub_code", "")
    if sub_code == "ACQ.TRADE_NOT_EXIST":  # the buyer has not opened the page while signed in
        return Reading(
            verdict="genuine",
            event_key=f"query:{number}:absent",
            detail="Alipay knows no such trade yet",
            out_number=number,
            status="absent",
        )
    if sub_code in {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}:
        return Trouble("retry_after", "Alipay had an error of its own", wait_s=wire.BUSY_WAIT_S)
    if sub_code == "ACQ.INVALID_PARAMETER":
        return Trouble("never", "Alipay calls our request invalid")
    return Trouble("unknown", f"refused: {wire.shown(f'{code} {sub_code}', chars=120)}")


def signed_text(fields: Mapping[str, str], *, left_out: tuple[str, ...]) -> str:
    """Decoded ``name=value`` pairs, sorted by name, joined by ``&``."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name not in left_out)


def cut(text: str, name: str) -> tuple[str, str]:
    """The response node exactly as sent, and the signature beside it. Raises Unreadable."""
    spans = wire.members(text)
    if name not in spans and "error_response" in spans:
        name = "error_response"
    if name not in spans:
        raise wire.Unreadable("has no response node")
    sign = spans.get("sign", '""')
    try:
        value = json.loads(sign)
    except ValueError:
        value = None
    return spans[name], value if isinstance(value, str) else ""


def _texts(raw: str) -> dict[str, str]:
    """The node's text members; a number is not one, as Alipay writes amounts as text."""
    return {
        name: wire.plain_value(value)
        for name, value in wire.members(raw).items()
        if value.startswith('"')
    }


def _fields(notice: Notice) -> dict[str, str]:
    if notice.method != "POST":
        raise wire.Unreadable("was not posted")
    return wire.parse_form(notice.body)


def _state(fields: Mapping[str, str]) -> tuple[Status, int | None]:
    """What happened, and how much it was.

    A refund in part comes as TRADE_SUCCESS with refund fields, a whole one as TRADE_CLOSED of a
    trade that had been paid: read as "paid" the first would look like money.
    """
    status = _STATUS.get(fields.get("trade_status", ""), "unknown")
    amount_fen = wire.fen(fields.get("total_amount"), decimals=2)
    was_paid = "gmt_payment" in fields or "send_pay_date" in fields
    if "gmt_refund" in fields or "refund_fee" in fields or (status == "closed" and was_paid):
        return "refunded", wire.fen(fields.get("refund_fee"), decimals=2)
    if status == "paid" and amount_fen is None:
        return "unknown", None
    return status, amount_fen


def _in_words(fields: Mapping[str, str]) -> str:
    said = wire.shown(fields.get("trade_status", "no status"), chars=40)
    if wire.fen(fields.get("total_amount"), decimals=2) is None:
        return f"Alipay says {said}, with an amount that cannot be read"
    return f"Alipay says {said}"


def plain_subject(text: str) -> str:
    """Alipay refuses ``/``, ``=`` and ``&`` in a subject and more than 256 bytes."""
    clean = "".join(" " if letter in "/=&" else letter for letter in text if letter.isprintable())
    return clean.strip()[:SUBJECT_CHARS_MAX] or "Order"
