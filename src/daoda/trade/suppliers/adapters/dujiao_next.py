"""Dujiao-Next, site to site: one shop buys from another of the same program.

HMAC-SHA256 over method, path, second and MD5 of the body; the same in both directions. A repeated
``downstream_order_no`` returns the first order, which is also the only way to find an order whose
number we never heard: the query takes theirs alone. There is no price guard; the amount comes back
in the answer. ``canceled`` does not say whether money came back, ``partially_delivered`` is not
final, and states that only the program knows and its document does not want a person.

Source: the page integration-open-api in the repository dujiao-next/document, protocol 1.0.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.suppliers.adapters import checks, wire
from daoda.trade.suppliers.adapters.base import (
    Balance,
    CannotBuy,
    Capability,
    Card,
    Notice,
    NotOffered,
    Purchase,
    Reading,
    Reply,
    Status,
    Told,
)

CODE = "dujiao_next"
SETTINGS = (
    Setting("gateway"),
    Setting("api_key"),
    Setting("api_secret", secret=True),
    Setting("currency", default="CNY", choices=("CNY",)),
)
SKEW_S_MAX = 60
_ROOT = "/api/v1/upstream"
_CALLBACK = f"{_ROOT}/callback"
_STATES: Mapping[str, Status] = {
    "pending_payment": "processing",
    "paid": "processing",
    "fulfilling": "processing",
    "partially_delivered": "processing",
    "delivered": "succeeded",
    "completed": "succeeded",
    "canceled": "failed",
    "refunded": "needs_human",
    "partially_refunded": "needs_human",
}
# Refusals of an order that the document lists, with the HTTP status each comes with.
_REFUSALS = {
    "bad_request": 400,
    "invalid_callback_url": 400,
    "sku_unavailable": 400,
    "product_unavailable": 400,
    "insufficient_balance": 402,
    "insufficient_stock": 409,
    "payment_failed": 200,
}


@dataclass(frozen=True)
class Config:
    gateway: str
    api_key: str
    api_secret: str = field(repr=False)
    currency: str = "CNY"

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        if not values["api_key"].isascii() or not values["api_secret"].isascii():
            raise ConfigProblem("api_key", "key and secret are plain characters")
        return cls(**values | {"gateway": configs.gateway("gateway", values["gateway"])})


@dataclass(frozen=True)
class DujiaoNext:
    """Buys from one site under one key."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            idempotent_create=True,
            query_by="theirs",
            query_every_s=15,
            cards_signed=True,
            notices=True,
            balance=True,
            currencies=(self.config.currency,),
        )

    def create(self, *, purchase: Purchase, now: datetime) -> Call:
        checks.buyable(purchase, self.capability)
        if not purchase.goods.isascii() or not purchase.goods.isdigit():
            raise CannotBuy("goods of this supplier are sku numbers")
        body: dict[str, Any] = {
            "sku_id": int(purchase.goods),
            "quantity": purchase.quantity,
            "downstream_order_no": purchase.number,
        }
        if purchase.fields:
            body["manual_form_data"] = dict(purchase.fields)
        if purchase.notify_url:
            body["callback_url"] = purchase.notify_url
        return self._call("POST", "/orders", wire.dumped(body).encode(), now)

    def read_create(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        if silent := wire.silent(answer, also=(400, 402, 409)):
            return silent
        assert isinstance(answer, Answer)
        fields = wire.said(answer)
        if isinstance(fields, Reading):
            return fields
        if fields.get("ok") is False:
            return self._refused(fields, answer.status, purchase)
        if fields.get("ok") is not True or answer.status != 200:
            return Reading("unknown", "neither ok nor refused")
        reading = self._order(fields, purchase)
        # A new order is paid and not yet worked on; a repeat may find one that is done.
        paid = fields.get("status") == "paid"
        return Reading(**vars(reading) | {"status": "accepted"}) if paid else reading

    def query(self, *, purchase: Purchase, now: datetime) -> Call:
        if not purchase.reference.isascii() or not purchase.reference.isdigit():
            raise NotOffered("this supplier is asked by its own number, which is not known")
        return self._call("GET", f"/orders/{purchase.reference}", b"", now)

    def read_query(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        if silent := wire.silent(answer):
            return silent
        assert isinstance(answer, Answer)
        fields = wire.said(answer)
        if isinstance(fields, Reading):
            return fields
        if fields.get("ok") is not True:
            return Reading("unknown", "the query was refused")
        if wire.number(fields.get("order_id")) != purchase.reference:
            return Reading("unknown", "the answer is about another order")
        return self._order(fields, purchase)

    def read_notice(self, *, notice: Notice, now: datetime) -> Told:
        try:
            fields = wire.parse_object(notice.body)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice, f"the body {problem}")
        if not self._signed(notice, now):
            return wire.not_genuine("forged", notice, "the signature does not fit our key")
        number = wire.number(fields.get("downstream_order_no"))
        reference, said = wire.number(fields.get("order_id")), wire.plain(fields.get("status"))
        if not number or not reference:
            return wire.not_genuine("unreadable", notice, "signed, but about no order")
        status = _STATES.get(said, "unknown")
        return Told(
            verdict="genuine",
            event_key=f"{reference}:{hashlib.sha256(notice.body).hexdigest()[:32]}",
            detail=f"the supplier says {wire.shown(said, chars=32)}",
            number=number,
            reference=reference,
            # How many pieces were bought is not said here: cards are taken from the query.
            reading=Reading(
                status,
                f"the supplier says {wire.shown(said, chars=32)}",
                reference=reference,
                cards_missing=status == "succeeded",
            ),
        )

    def answer(self, *, accepted: bool) -> Reply:
        if accepted:
            return wire.json_reply({"ok": True, "message": "received"})
        return wire.json_reply({"ok": False, "message": "not taken"}, status=400)

    def balance(self, *, now: datetime) -> Call:
        return self._call("POST", "/ping", b"", now)

    def read_balance(self, *, answer: Answer | NoAnswer, now: datetime) -> Balance:
        if silent := wire.silent(answer):
            return Balance(None, silent.detail)
        assert isinstance(answer, Answer)
        fields = wire.said(answer)
        if isinstance(fields, Reading):
            return Balance(None, fields.detail)
        if fields.get("ok") is not True or fields.get("currency") != self.config.currency:
            return Balance(None, "no balance in our currency")
        return Balance(wire.fen(fields.get("balance"), up=False), "as the supplier says")

    def mask(self, *, raw: bytes) -> str:
        return wire.masked(raw)

    def _call(self, method: str, path: str, body: bytes, now: datetime) -> Call:
        url = self.config.gateway + _ROOT + path
        second = str(int(now.timestamp()))
        signature = sign(
            self.config.api_secret, method=method, path=urlsplit(url).path, second=second, body=body
        )
        return Call(
            method=method,
            url=url,
            headers={
                "content-type": "application/json",
                "Dujiao-Next-Api-Key": self.config.api_key,
                "Dujiao-Next-Timestamp": second,
                "Dujiao-Next-Signature": signature,
            },
            body=body,
        )

    def _signed(self, notice: Notice, now: datetime) -> bool:
        second = notice.headers.get("dujiao-next-timestamp", "")
        if not second.isascii() or not second.isdigit() or len(second) > 12:
            return False
        if abs(now.timestamp() - int(second)) > SKEW_S_MAX:
            return False
        given = notice.headers.get("dujiao-next-signature", "")
        if notice.headers.get("dujiao-next-api-key", "") != self.config.api_key:
            return False
        # The path they called is ours; the document names the one of their own program.
        return any(
            hmac.compare_digest(
                given.encode(errors="replace"),
                sign(
                    self.config.api_secret,
                    method=notice.method, path=path, second=second, body=notice.body,
                ).encode(),
            )
            for path in (notice.path, _CALLBACK)
        )  # fmt: skip

    def _order(self, fields: Mapping[str, Any], purchase: Purchase) -> Reading:
        said = wire.plain(fields.get("status"))
        reading = Reading(
            _STATES.get(said, "unknown"),
            f"the supplier says {wire.shown(said, chars=32)}",
            reference=wire.number(fields.get("order_id")),
            cost_fen=wire.fen(fields.get("amount")),
        )
        return checks.with_cards(reading, purchase, _cards(fields, purchase.quantity))

    def _refused(self, fields: Mapping[str, Any], http: int, purchase: Purchase) -> Reading:
        said = wire.plain(fields.get("error_code"))
        known = _REFUSALS.get(said) == http
        return Reading(
            "failed" if known else "unknown",
            f"refused: {wire.shown(said, chars=40)}",
            reference=wire.number(fields.get("order_id")),
            reason=wire.shown(wire.plain(fields.get("error_message"))),
        )


def sign(secret: str, *, method: str, path: str, second: str, body: bytes) -> str:
    """Lower-case hex of HMAC-SHA256; the query string takes no part."""
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    text = f"{method}\n{path}\n{second}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _cards(fields: Mapping[str, Any], quantity: int) -> list[Card]:
    """The payload is text: one card whole, several a line each."""
    fulfilment = fields.get("fulfillment")
    if not isinstance(fulfilment, dict) or fulfilment.get("status") != "delivered":
        return []
    payload = wire.plain(fulfilment.get("payload"))
    parts = [payload] if quantity == 1 else payload.splitlines()[: wire.CARDS_MAX]
    return [card for part in parts if (card := checks.card(part))]
