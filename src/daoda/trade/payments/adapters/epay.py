"""epay (易支付) V1: MD5 over the sorted, unescaped, non-empty parameters and the merchant key.

The key is a password that also travels in clear in every query, so a signed notice alone is not
trusted (``confirms_by_query``): goods are released on what ``api.php`` answers. Answers of
``api.php`` are not signed at all; what makes them ours is https and the comparison of pid, number
and amount. Gateways differ: what is not in the common ground is "unknown", and there is no
closing, no query of refunds, and no expiry of a page (a late payment is to be expected).
``act=refund`` bears no number of ours: sent twice it may move money twice, and so it is sent once;
whether a gateway has it, and for parts of a trade, is a setting.

Source: the V1 page of the gateways themselves, as spoken by dujiaoka and kamiFaka; vectors in
``epay_v1.json``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.kit.money import yuan
from daoda.trade.payments.adapters import checks, wire
from daoda.trade.payments.adapters.base import (
    Capability,
    Notice,
    NotOffered,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    Reply,
    Start,
    Status,
    Trouble,
)

CODE = "epay"
SETTINGS = (
    Setting("gateway"),
    Setting("pid"),
    Setting("key", secret=True),
    Setting("type", default="cashier", choices=("cashier", "alipay", "wxpay", "qqpay")),
    Setting("entry", default="submit", choices=("submit", "mapi")),
    Setting("refunds", default="no", choices=("no", "whole", "parts")),
)
NAME_BYTES_MAX = 127
KEY_CHARS_MIN = 16
_QUERY_STATUS: dict[str, Status] = {"0": "pending", "1": "paid", "2": "refunded"}
_NO_SUCH_ORDER = re.compile(r"订单(编?号)?不存在")
_CANNOT_REFUND = re.compile(r"余额不足|未支付|未付款|不支持退款|未开启|没有权限|金额")
_BAD_MERCHANT = re.compile(r"商户|密钥|签名|pid|key|sign", re.IGNORECASE)


@dataclass(frozen=True)
class Config:
    """``gateway`` is the folder in which submit.php, mapi.php and api.php lie."""

    gateway: str
    pid: str
    key: str = field(repr=False)
    type: str = "cashier"
    entry: str = "submit"
    refunds: str = "no"

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        if not values["pid"].isascii() or not values["pid"].isalnum():
            raise ConfigProblem("pid", "must be the merchant's number")
        if len(values["key"]) < KEY_CHARS_MIN or not values["key"].isascii():
            raise ConfigProblem("key", f"must have at least {KEY_CHARS_MIN} plain characters")
        return cls(**values | {"gateway": configs.gateway("gateway", values["gateway"])})


@dataclass(frozen=True)
class Epay:
    """Speaks for one merchant of one gateway."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            queries=True,
            confirms_by_query=True,
            closes=False,
            signs="MD5",
            prepares=self.config.entry == "mapi",
            refunds=self.config.refunds != "no",
            partial_refunds=self.config.refunds == "parts",
            refund_repeats=False,
        )

    def start(self, *, start: Start, now: datetime) -> PayPage:
        fields = self._order(start)
        return PayPage(method="GET", url=f"{self.config.gateway}/submit.php?{urlencode(fields)}")

    def prepare(self, *, start: Start, now: datetime) -> Call:
        """The order by mapi.php, for gateways that hand out a link or a QR text. CannotStart."""
        return Call(
            method="POST",
            url=f"{self.config.gateway}/mapi.php",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=urlencode(self._order(start, clientip=start.client_ip)).encode(),
        )

    def read_prepared(
        self, *, start: Start, answer: Answer | NoAnswer, now: datetime
    ) -> PayPage | Trouble:
        """The page mapi.php made; trouble leaves ``start`` as the other way."""
        fields = _answer_fields(answer)
        if isinstance(fields, Trouble):
            return fields
        if fields.get("code") != "1":
            return _refusal(fields)
        link, qr_text = fields.get("payurl", ""), fields.get("qrcode", "")
        if link and urlsplit(link).scheme in {"http", "https"}:
            return PayPage(method="GET", url=link, qr_text=qr_text or None)
        if qr_text:
            return PayPage(method="GET", url="", qr_text=qr_text)
        return Trouble("unknown", "the gateway names neither a page nor a QR text")

    def _order(self, start: Start, **more: str) -> dict[str, str]:
        checks.startable(start, self.capability)
        fields = {
            "pid": self.config.pid,
            "type": "" if self.config.type == "cashier" else self.config.type,
            "out_trade_no": start.number,
            "notify_url": start.notify_url,
            "return_url": start.return_url,
            "name": short_name(start.subject),
            "money": yuan(start.amount_fen),
            **more,
        }
        sent = {name: value for name, value in fields.items() if value}
        return sent | {"sign": sign(sent, self.config.key), "sign_type": "MD5"}

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        try:
            fields = _fields(notice)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice=notice, detail=f"the form {problem}")
        if fields.get("sign_type", "MD5") != "MD5":
            return wire.not_genuine("forged", notice=notice, detail="the signature is not MD5")
        if not _same(fields.get("sign", ""), sign(fields, self.config.key)):
            return wire.not_genuine(
                "forged", notice=notice, detail="the signature does not fit our key"
            )
        return self._reading(notice, fields)

    def _reading(self, notice: Notice, fields: Mapping[str, str]) -> Reading:
        number, trade_no = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        said, money = fields.get("trade_status", ""), fields.get("money", "")
        if (
            not checks.short(number)
            or not checks.short(trade_no)
            or max(len(said), len(money)) > 32
        ):
            return wire.not_genuine(
                "unreadable", notice=notice, detail="signed, but not a payment notice"
            )
        ours = fields.get("pid") == self.config.pid
        amount_fen = wire.fen(money)
        paid = said == "TRADE_SUCCESS" and amount_fen is not None
        detail = f"the gateway says {wire.shown(said, chars=32) or 'no status'}"
        return Reading(
            verdict="genuine" if ours else "wrong_merchant",
            # No event number is sent; a second statement about a trade differs in one of these.
            event_key=f"{trade_no}:{said}:{money}",
            detail=detail if ours else "signed with our key for another merchant number",
            out_number=number,
            trade_no=trade_no,
            amount_fen=amount_fen,
            currency="CNY",
            status="paid" if paid else "unknown",
        )

    def answer(self, *, accepted: bool) -> Reply:
        return Reply(200, "text/plain; charset=utf-8", b"success" if accepted else b"fail")

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        asked = {"act": "order", "pid": self.config.pid, "key": self.config.key}
        return Call(
            method="GET",
            url=f"{self.config.gateway}/api.php?{urlencode(asked | {'out_trade_no': number})}",
        )

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        fields = _answer_fields(answer)
        if isinstance(fields, Trouble):
            return fields
        if fields.get("code") != "1":
            return _absent(number) if _no_such_order(fields) else _refusal(fields)
        if fields.get("pid") != self.config.pid or fields.get("out_trade_no") != number:
            return Trouble("unknown", "the answer is about another merchant or trade")
        return self._trade(number, fields)

    def _trade(self, number: str, fields: Mapping[str, str]) -> Reading | Trouble:
        said, trade_no = fields.get("status", ""), fields.get("trade_no", "")
        status = _QUERY_STATUS.get(said)
        amount_fen = wire.fen(fields.get("money"))
        if status is None or amount_fen is None or not checks.short(trade_no):
            return Trouble("unknown", "the answer's status, amount or trade number is unreadable")
        return Reading(
            verdict="genuine",
            event_key=f"query:{number}:{said}",
            detail=f"the gateway says status {said}",
            out_number=number,
            trade_no=trade_no,
            # For a refund the gateway tells the trade's amount, not what went back.
            amount_fen=None if status == "refunded" else amount_fen,
            currency="CNY",
            status=status,
            paid_at=wire.from_beijing(fields.get("endtime", "")) if status == "paid" else None,
            payer=wire.masked_payer(fields.get("buyer", "")),
        )

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        raise NotOffered("epay V1 cannot close a trade")

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        return Trouble("never", "epay V1 cannot close a trade")

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        if self.config.refunds == "no":
            raise NotOffered("this gateway has no refund")
        if self.config.refunds == "whole" and ask.amount_fen != ask.total_fen:
            raise NotOffered("this gateway gives a trade back whole or not at all")
        fields = {
            "pid": self.config.pid,
            "key": self.config.key,
            "trade_no": ask.trade_no,
            "out_trade_no": ask.out_number,
            "money": yuan(ask.amount_fen),
        }
        return Call(
            method="POST",
            url=f"{self.config.gateway}/api.php?act=refund",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=urlencode(fields).encode(),
        )

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        fields = _answer_fields(answer)
        if isinstance(fields, Trouble):
            return fields
        said = wire.shown(fields.get("msg", ""), chars=80)
        if fields.get("code") == "1":
            return RefundReading("confirmed", ask.number, None, f"the gateway says: {said}", None)
        if fields.get("code") in {"-1", "0"} and _CANNOT_REFUND.search(said):
            return RefundReading("failed", ask.number, None, f"the gateway says: {said}", None)
        return _refusal(fields)

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        raise NotOffered("epay V1 cannot be asked about a refund")

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        return Trouble("never", "epay V1 cannot be asked about a refund")

    def mask(self, *, notice: Notice) -> dict[str, object]:
        try:
            return wire.mask_notice(notice, _fields(notice))
        except wire.Unreadable:
            return wire.mask_notice(notice, None)


def sign(fields: Mapping[str, str], key: str) -> str:
    """Lower-case MD5; ``sign``, ``sign_type`` and empty values take no part, ``0`` does."""
    kept = [name for name in sorted(fields) if fields[name] and name not in {"sign", "sign_type"}]
    text = "&".join(f"{name}={fields[name]}" for name in kept)
    return hashlib.md5(f"{text}{key}".encode(), usedforsecurity=False).hexdigest()


def short_name(text: str) -> str:
    """Gateways cut at 127 bytes, some before they sign, and differ about blanks at the ends."""
    clean = "".join(letter for letter in text if letter.isprintable())
    return clean.encode()[:NAME_BYTES_MAX].decode(errors="ignore").strip() or "Order"


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _fields(notice: Notice) -> dict[str, str]:
    """Query or body, but not both: two readers of one notice must see the same."""
    if notice.query and notice.body:
        raise wire.Unreadable("comes in the address and in the body at once")
    if notice.body:
        return wire.parse_form(notice.body)
    return wire.parse_form(notice.query.encode(errors="replace"))


def _answer_fields(answer: Answer | NoAnswer) -> dict[str, str] | Trouble:
    """The flat answer of a script, numbers as the text they were written as."""
    trouble = wire.no_use(answer)
    if trouble or isinstance(answer, NoAnswer):
        return trouble or Trouble("unknown", "no answer")
    try:
        found = wire.members(answer.body.decode("utf-8-sig"))
        return {name: wire.plain_value(value) for name, value in found.items()}
    except (wire.Unreadable, UnicodeDecodeError):
        return Trouble("unknown", "the answer is not what api.php answers")


def _no_such_order(fields: Mapping[str, str]) -> bool:
    return fields.get("code") in {"-1", "0"} and bool(_NO_SUCH_ORDER.search(fields.get("msg", "")))


def _absent(number: str) -> Reading:
    return Reading(
        verdict="genuine",
        event_key=f"query:{number}:absent",
        detail="the gateway knows no such order yet",
        out_number=number,
        status="absent",
    )


def _refusal(fields: Mapping[str, str]) -> Trouble:
    said = wire.shown(fields.get("msg", ""), chars=80)
    text = f"the gateway refuses ({wire.shown(fields.get('code', ''), chars=10)}): {said}"
    return Trouble("person" if _BAD_MERCHANT.search(said) else "unknown", text)
