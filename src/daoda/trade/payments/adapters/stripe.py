"""Stripe: Checkout Sessions, by its HTTP interface and signed webhooks.

A session is made by a call and asked about by its own id (``reference``); our number is its
``client_reference_id``, stands in the metadata of its payment, and is the Idempotency-Key of the
call that makes it, so that a repeated call finds the same session. The payment's id (``pi_...``)
is the trade number: it is the same in every event about it, and what refunds go to. Answers are
not signed; what makes them ours is https, our key, and the comparison of number and amount.

Source: docs.stripe.com/api (checkout/sessions, refunds, idempotent_requests) and /webhooks.
Weaknesses: a session is open for 30 minutes at least, so an order's shorter window is ended by
``close``; currencies without cents and converted prices (Adaptive Pricing) are not taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.payments.adapters import (
    checks,
    stripe_events,
    stripe_refunds,
    stripe_signing,
    wire,
)
from daoda.trade.payments.adapters.base import (
    CannotStart,
    Capability,
    Notice,
    NotOffered,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    Reply,
    Start,
    Trouble,
)

CODE = "stripe"
GATEWAY = "https://api.stripe.com"
SETTINGS = (
    Setting("secret_key", secret=True),
    Setting("webhook_secret", secret=True),
    Setting("previous_webhook_secret", secret=True, default=""),
    Setting("gateway", default=GATEWAY),
)
CURRENCIES = ("CNY", "HKD", "USD", "EUR", "GBP", "SGD", "AUD", "CAD")
SESSION_MIN = timedelta(minutes=31)  # 30 by Stripe's clock
SESSION_MAX = timedelta(hours=23)
NAME_CHARS_MAX = 120


@dataclass(frozen=True)
class Config:
    """``secret_key`` may be a restricted key with rights on sessions, payments and refunds."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    previous_webhook_secret: str = field(default="", repr=False)
    gateway: str = GATEWAY

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        if not values["secret_key"].startswith(("sk_", "rk_")):
            raise ConfigProblem("secret_key", "is not a secret key (sk_...) or restricted key")
        for name in ("webhook_secret", "previous_webhook_secret"):
            if values[name] and not values[name].startswith("whsec_"):
                raise ConfigProblem(name, "is not a webhook secret (whsec_...)")
        for name in ("secret_key", "webhook_secret", "previous_webhook_secret"):
            if not values[name].isascii():
                raise ConfigProblem(name, "must be plain characters")
        return cls(**values | {"gateway": configs.gateway("gateway", values["gateway"])})

    @property
    def secrets(self) -> tuple[str, ...]:
        both = (self.webhook_secret, self.previous_webhook_secret)
        return tuple(secret for secret in both if secret)

    @property
    def live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


@dataclass(frozen=True)
class Stripe:
    """Speaks for one account."""

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
            refund_earliest_query_s=stripe_refunds.EARLIEST_QUERY_S,
            prepares=True,
            queries_per_s=20,
            currencies=CURRENCIES,
        )

    def start(self, *, start: Start, now: datetime) -> PayPage:
        raise CannotStart("Stripe makes a page by a call only")

    def prepare(self, *, start: Start, now: datetime) -> Call:
        checks.startable(start, self.capability)
        expires_at = min(max(start.expires_at, now + SESSION_MIN), now + SESSION_MAX)
        item = "line_items[0]"
        fields = {
            "mode": "payment",
            "client_reference_id": start.number,
            "metadata[number]": start.number,
            "payment_intent_data[metadata][number]": start.number,
            f"{item}[quantity]": "1",
            f"{item}[price_data][currency]": start.currency.lower(),
            f"{item}[price_data][unit_amount]": str(start.amount_fen),
            f"{item}[price_data][product_data][name]": name_of(start.subject),
            "success_url": start.return_url,
            "cancel_url": start.return_url,
            "expires_at": str(int(expires_at.timestamp())),
        }
        return self._post("/v1/checkout/sessions", fields, key=start.number)

    def read_prepared(
        self, *, start: Start, answer: Answer | NoAnswer, now: datetime
    ) -> PayPage | Trouble:
        told = _told(answer)
        if isinstance(told, Trouble):
            return told
        link, session = wire.text_in(told, "url"), wire.text_in(told, "id")
        if wire.text_in(told, "client_reference_id") != start.number:
            return Trouble("unknown", "the answer is about another session")
        if urlsplit(link).scheme not in {"http", "https"} or not session.startswith("cs_"):
            return Trouble("unknown", "Stripe names no page")
        return PayPage(method="GET", url=link, reference=session)

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        header = notice.headers.get(stripe_signing.HEADER, "")
        flaw = stripe_signing.flaw(self.config.secrets, header, notice.body, now)
        if flaw:
            return wire.not_genuine("forged", notice=notice, detail=flaw)
        try:
            event = wire.parse_json(notice.body)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice=notice, detail=f"the event {problem}")
        reading = stripe_events.reading(event, live=self.config.live)
        return reading or wire.not_genuine(
            "unreadable", notice=notice, detail="signed, but not an event"
        )

    def answer(self, *, accepted: bool) -> Reply:
        body = b'{"received":true}' if accepted else b'{"received":false}'
        return Reply(200 if accepted else 400, "application/json", body)

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._get(self._session(reference))

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        told = _told(answer)
        if isinstance(told, Trouble):
            return told
        said = f"{told.get('status')}:{told.get('payment_status')}"
        reading = stripe_events.of_session(f"query:{number}:{said}"[:120], told)
        if reading is None or reading.out_number != number:
            return Trouble("unknown", "the answer is about another session")
        return reading

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        return self._post(f"{self._session(reference)}/expire", {}, key="")

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        """Only an open session can be expired; of one that is not, Stripe tells in words only,
        so whoever is refused asks."""
        return self.read_query(number=number, answer=answer, now=now)

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        return self._post("/v1/refunds", stripe_refunds.asked(ask), key=ask.number)

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        told = _told(answer)
        if isinstance(told, Trouble):
            why = stripe_refunds.why_not(answer)
            return RefundReading("failed", ask.number, None, told.detail, None) if why else told
        return stripe_refunds.read(ask, told)

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        asked = {"payment_intent": ask.trade_no, "limit": str(stripe_refunds.LISTED_MAX)}
        return self._get(f"/v1/refunds?{urlencode(asked)}")

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        told = _told(answer)
        return told if isinstance(told, Trouble) else stripe_refunds.read_list(ask, told)

    def mask(self, *, notice: Notice) -> dict[str, object]:
        try:
            return wire.mask_notice(notice, stripe_events.kept(wire.parse_json(notice.body)))
        except wire.Unreadable:
            return wire.mask_notice(notice, None)

    def _session(self, reference: str) -> str:
        if not reference:
            raise NotOffered("Stripe is asked about a session, and there is none")
        return f"/v1/checkout/sessions/{quote(reference, safe='')}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.config.secret_key}"}

    def _get(self, path: str) -> Call:
        return Call(method="GET", url=self.config.gateway + path, headers=self._headers())

    def _post(self, path: str, fields: Mapping[str, str], *, key: str) -> Call:
        headers = self._headers()
        headers["content-type"] = "application/x-www-form-urlencoded"
        if key:
            headers["idempotency-key"] = key
        body = urlencode(fields).encode()
        return Call(method="POST", url=self.config.gateway + path, headers=headers, body=body)


def _told(answer: Answer | NoAnswer) -> dict[str, Any] | Trouble:
    """The object of a successful answer."""
    if isinstance(answer, NoAnswer):
        return Trouble("unknown", f"no answer: {answer.reason}")
    try:
        told = wire.parse_json(answer.body)
    except wire.Unreadable as problem:
        return wire.no_use(answer) or Trouble("unknown", f"the answer {problem}")
    if answer.status == 200:
        return told
    return _refusal(answer, wire.inside(told, "error"))


def _refusal(answer: Answer, error: Mapping[str, Any]) -> Trouble:
    said = f"{wire.text_in(error, 'type')} {wire.text_in(error, 'code')}".strip()
    words = f"Stripe refuses (HTTP {answer.status}): {wire.shown(said, chars=100)}"
    if answer.status in {409, 429}:
        return Trouble("retry_after", words, wait_s=wire.BUSY_WAIT_S)
    if answer.status >= 500:
        # Kept under the Idempotency-Key like any other: sending again says the same again.
        return Trouble("unknown", words)
    if answer.status in {400, 401, 402, 403}:
        return Trouble("person", words)
    return Trouble("unknown", words)


def name_of(text: str) -> str:
    clean = "".join(letter for letter in text if letter.isprintable())
    return clean.strip()[:NAME_CHARS_MAX] or "Order"
