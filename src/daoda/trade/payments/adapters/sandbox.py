"""Our own simulated channel: as strict as a good vendor, so that nothing is easier in a test.

Every message, in both directions, is JSON signed by HMAC-SHA256 over ``timestamp.nonce.body``
and at most 300 s old either way. Two keys may be known, so that a key can be changed while notices
are on their way. Each body names its ``kind``: a signed answer cannot be played back as a notice.
The nonce is derived from the message; repeats are made harmless by the event, not by the nonce.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.kit.money import AMOUNT_FEN_MAX
from daoda.trade.payments.adapters import checks, wire
from daoda.trade.payments.adapters.base import (
    Capability,
    Notice,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    RefundStatus,
    Reply,
    Start,
    Status,
    Trouble,
)

CODE = "sandbox"
SETTINGS = (
    Setting("gateway"),
    Setting("merchant"),
    Setting("key", secret=True),
    Setting("previous_key", secret=True, default=""),
)
AGE_S_MAX = 300
KEY_CHARS_MIN = 32
EARLIEST_REFUND_QUERY_S = 5
PROBE = "probe-"  # a signature that starts so is meant to be refused: the channel tests us
HEADERS = ("sandbox-timestamp", "sandbox-nonce", "sandbox-signature")
_STATUS: dict[str, Status] = {
    "open": "pending",
    "paid": "paid",
    "closed": "closed",
    "refused": "closed",
    "absent": "absent",
    "refunded": "refunded",
}
_REFUND_STATUS: dict[str, RefundStatus] = {
    "done": "confirmed",
    "processing": "processing",
    "failed": "failed",
    "absent": "absent",
}
_TIMESTAMP = re.compile(r"[1-9][0-9]{9,11}")
_NONCE = re.compile(r"[0-9A-Za-z]{8,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")

Fields = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Config:
    """``key`` signs ours; ``key`` and ``previous_key`` are both accepted in what arrives."""

    gateway: str
    merchant: str
    key: str = field(repr=False)
    previous_key: str = field(default="", repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        for name in ("key", "previous_key"):
            if values[name] and len(values[name]) < KEY_CHARS_MIN:
                raise ConfigProblem(name, f"must have at least {KEY_CHARS_MIN} characters")
        return cls(**values | {"gateway": configs.gateway("gateway", values["gateway"])})

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, self.previous_key) if self.previous_key else (self.key,)


@dataclass(frozen=True)
class Sandbox:
    """Speaks for one merchant of the simulated channel."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            queries=True,
            confirms_by_query=False,
            closes=True,
            signs="HMAC-SHA256",
            refunds=True,
            refund_query=True,
            refund_earliest_query_s=EARLIEST_REFUND_QUERY_S,
        )

    def start(self, *, start: Start, now: datetime) -> PayPage:
        checks.startable(start, self.capability)
        body = self._body(
            "start",
            start.number,
            amount_fen=start.amount_fen,
            currency=start.currency,
            subject=start.subject,
            notify_url=start.notify_url,
            return_url=start.return_url,
            expires_at=start.expires_at.astimezone(UTC).isoformat(),
        )
        signed = dict(zip(("timestamp", "nonce", "signature"), self._seal(body, now), strict=True))
        url = f"{self.config.gateway}/pay?{urlencode({'order': body.decode(), **signed})}"
        return PayPage(method="GET", url=url, qr_text=url)

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        if notice.headers.get(HEADERS[2], "").startswith(PROBE):
            return wire.not_genuine(
                "probe", notice=notice, detail="a probe: refusing it is the right answer"
            )
        flaw = self._flaw(notice.headers, notice.body, now)
        if flaw:
            return wire.not_genuine("forged", notice=notice, detail=flaw)
        try:
            fields = wire.parse_flat_json(notice.body)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice=notice, detail=f"the body {problem}")
        event = fields.get("event")
        if fields.get("kind") != "notice" or not isinstance(event, str) or not checks.short(event):
            return wire.not_genuine("unreadable", notice=notice, detail="signed, but not a notice")
        reading = self._reading(event, fields)
        return reading or wire.not_genuine(
            "unreadable", notice=notice, detail="signed, but its numbers cannot be read"
        )

    def answer(self, *, accepted: bool) -> Reply:
        if accepted:
            return Reply(200, "application/json", b'{"accepted":true}')
        return Reply(400, "application/json", b'{"accepted":false}')

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._call("query", number, now)

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        return self._answer("query", number, answer, now)

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._call("close", number, now)

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        return self._answer("close", number, answer, now)

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        body = self._body(
            "refund",
            ask.number,
            payment=ask.out_number,
            trade_no=ask.trade_no,
            amount_fen=ask.amount_fen,
            currency=ask.currency,
            reason=ask.reason,
            notify_url=ask.notify_url,
        )
        return self._post("refund", body, now)

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        return self._refund_answer("refund", ask, answer, now)

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        return self._call("refund_query", ask.number, now)

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        return self._refund_answer("refund_query", ask, answer, now)

    def mask(self, *, notice: Notice) -> dict[str, object]:
        try:
            return wire.mask_notice(notice, wire.parse_flat_json(notice.body))
        except wire.Unreadable:
            return wire.mask_notice(notice, None)

    def _body(self, kind: str, number: str, **more: str | int) -> bytes:
        body = {"kind": kind, "merchant": self.config.merchant, "number": number, **more}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def _seal(self, body: bytes, now: datetime) -> tuple[str, str, str]:
        timestamp = str(int(now.timestamp()))
        nonce = hashlib.sha256(timestamp.encode() + body).hexdigest()[:24]
        return timestamp, nonce, sign(self.config.key, timestamp, nonce, body)

    def _call(self, kind: str, number: str, now: datetime) -> Call:
        return self._post(kind, self._body(kind, number), now)

    def _post(self, kind: str, body: bytes, now: datetime) -> Call:
        headers = dict(zip(HEADERS, self._seal(body, now), strict=True))
        return Call(
            method="POST",
            url=f"{self.config.gateway}/{kind}",
            headers={"content-type": "application/json", **headers},
            body=body,
        )

    def _flaw(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """Why these headers do not vouch for this body; empty when they do."""
        timestamp, nonce, signature = (headers.get(name, "") for name in HEADERS)
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce) or not signature:
            return "there is no signature"
        fits = [
            hmac.compare_digest(sign(key, timestamp, nonce, body).encode(), signature.encode())
            for key in self.config.keys
        ]
        if not any(fits):
            return "the signature fits none of our keys"
        age_s = int(now.timestamp()) - int(timestamp)
        if abs(age_s) > AGE_S_MAX:
            return f"signed {age_s} s ago; at most {AGE_S_MAX} s either way are allowed"
        return ""

    def _answer(
        self, about: str, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        fields = self._answer_fields(about, number, answer, now)
        if isinstance(fields, Trouble):
            return fields
        reading = self._reading(f"{about}:{number}:{fields.get('status')}", fields)
        if reading is None or reading.verdict != "genuine":
            return Trouble("unknown", "the answer cannot be read, or is for another merchant")
        return reading

    def _answer_fields(
        self, about: str, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Fields | Trouble:
        """The verified answer to our question ``about`` this number."""
        trouble = wire.no_use(answer)
        if trouble or isinstance(answer, NoAnswer):
            return trouble or Trouble("unknown", "no answer")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        flaw = self._flaw(headers, answer.body, now)
        if flaw:
            return Trouble("unknown", f"the answer: {flaw}")
        try:
            fields = wire.parse_flat_json(answer.body)
        except wire.Unreadable as problem:
            return Trouble("unknown", f"the answer {problem}")
        expected = {"kind": "answer", "about": about, "number": number}
        if any(fields.get(name) != value for name, value in expected.items()):
            return Trouble("unknown", "the answer is about another question or trade")
        return fields

    def _refund_answer(
        self, about: str, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        fields = self._answer_fields(about, ask.number, answer, now)
        if isinstance(fields, Trouble):
            return fields
        said = str(fields.get("status"))
        status = _REFUND_STATUS.get(said, "unknown")
        if fields.get("merchant") != self.config.merchant:
            return Trouble("unknown", "the answer is for another merchant")
        amount_fen = fields.get("amount_fen")
        told = (amount_fen, fields.get("currency"), fields.get("payment"))
        if status != "absent" and told != (ask.amount_fen, ask.currency, ask.out_number):
            return Trouble("person", "our refund number stands for another amount or trade there")
        why = wire.shown(str(fields.get("why") or ""), chars=80)
        return RefundReading(
            status=status,
            refund_no=ask.number,
            amount_fen=ask.amount_fen if status != "absent" else None,
            detail=f"the channel says {wire.shown(said, chars=32)} {why}".strip(),
            done_at=_time(fields.get("done_at")),
        )

    def _reading(self, event_key: str, fields: Fields) -> Reading | None:
        """None when a number or amount is not as this channel writes it."""
        number, trade_no = fields.get("number"), fields.get("trade_no") or ""
        amount_fen, currency = fields.get("amount_fen"), fields.get("currency") or ""
        said, payer = fields.get("status"), fields.get("payer") or ""
        if not isinstance(number, str) or not checks.short(number) or not isinstance(payer, str):
            return None
        if not isinstance(trade_no, str) or (trade_no and not checks.short(trade_no)):
            return None
        if not isinstance(currency, str) or (currency and not _CURRENCY.fullmatch(currency)):
            return None
        amount_fits = isinstance(amount_fen, int) and 0 < amount_fen <= AMOUNT_FEN_MAX
        status = _STATUS.get(str(said), "unknown")
        if status == "paid" and not (amount_fits and currency and trade_no):
            return None
        ours = fields.get("merchant") == self.config.merchant
        words = f"the channel says {wire.shown(str(said), chars=32)}"
        return Reading(
            verdict="genuine" if ours else "wrong_merchant",
            event_key=event_key,
            detail=words if ours else "signed with our key for another merchant",
            out_number=number,
            trade_no=trade_no,
            amount_fen=amount_fen if isinstance(amount_fen, int) and amount_fits else None,
            currency=currency,
            status=status,
            paid_at=_time(fields.get("paid_at")),
            payer=wire.masked_payer(payer),
        )


def sign(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    message = f"{timestamp}.{nonce}.".encode() + body
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _time(value: str | int | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None
