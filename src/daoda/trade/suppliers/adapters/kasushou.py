"""卡速售 kasushou, API 2.0.

SHA1 over the millisecond, the body and the key; requests leave slashes as they are, notices are
signed with slashes escaped, as PHP does by default. Cards stand outside a notice's signature and
are never in the answer to an order: they are fetched by query. An empty order number would switch
off their guard against repeats; ours is never empty. ``cancelled`` says nothing about money:
``has_back_money`` does.

Source: doc.kasushou.com/api/v2api, copy of 2026-04-14.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daoda.kit import configs
from daoda.kit.configs import ConfigProblem, Setting
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.kit.money import yuan
from daoda.trade.suppliers.adapters import checks, wire
from daoda.trade.suppliers.adapters.base import (
    Balance,
    CannotBuy,
    Capability,
    Card,
    Notice,
    Purchase,
    Reading,
    Reply,
    Status,
    Told,
)

CODE = "kasushou"
SETTINGS = (Setting("gateway"), Setting("user_id"), Setting("key", secret=True))
_UNSIGNED = ("sign", "card_list", "express_list")
_STATES: Mapping[str, Status] = {
    "-1": "processing",
    "1": "processing",
    "2": "processing",
    "3": "succeeded",
}
_CANCELLED = {"4", "5"}


@dataclass(frozen=True)
class Config:
    gateway: str
    user_id: str
    key: str = field(repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Config:
        """Raises ConfigProblem."""
        values = configs.read(raw, SETTINGS)
        if not values["user_id"].isascii():
            raise ConfigProblem("user_id", "must be plain characters")
        return cls(**values | {"gateway": configs.gateway("gateway", values["gateway"])})


@dataclass(frozen=True)
class Kasushou:
    """Buys from one site as one user."""

    config: Config

    @property
    def capability(self) -> Capability:
        return Capability(
            idempotent_create=False,
            query_by="ours",
            query_earliest_s=2,
            query_every_s=3,
            query_history_days=30,
            refund_is_state=True,
            cards_signed=False,
            notices=True,
            balance=True,
            price_guard="total",
        )

    def create(self, *, purchase: Purchase, now: datetime) -> Call:
        checks.buyable(purchase, self.capability)
        if not purchase.goods.isascii() or not purchase.goods.isdigit():
            raise CannotBuy("goods of this supplier are numbers")
        body: dict[str, Any] = {
            "id": int(purchase.goods),
            "external_orderno": purchase.number,
            "quantity": purchase.quantity,
            "safe_price": yuan(purchase.cost_max_fen),
        }
        if purchase.notify_url:
            body["url"] = purchase.notify_url
        if purchase.fields:
            body["attach"] = dict(purchase.fields)
        return self._call("/api/v1/order/buy", body, now)

    def read_create(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        fields = _answered(answer)
        if isinstance(fields, Reading):
            return fields
        code, said = wire.plain(fields.get("code")), wire.plain(fields.get("msg"))
        if code == "400":
            return Reading("failed", "refused with 400", reason=wire.shown(said))
        data = fields.get("data")
        if code != "200" or not isinstance(data, dict):
            return Reading("unknown", f"the answer's code is {wire.shown(code, chars=12)}")
        if wire.number(data.get("external_orderno")) != purchase.number:
            return Reading("unknown", "the answer is about another order")
        return Reading(
            "accepted",
            "taken",
            reference=wire.number(data.get("ordersn")),
            cost_fen=wire.fen(data.get("total_price")),
            ask_again_s=2,
        )

    def query(self, *, purchase: Purchase, now: datetime) -> Call:
        return self._call("/api/v1/order/info", {"external_orderno": purchase.number}, now)

    def read_query(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        fields = _answered(answer)
        if isinstance(fields, Reading):
            return fields
        found = fields.get("data")
        if wire.plain(fields.get("code")) != "200" or not isinstance(found, list):
            return Reading("unknown", "the query was refused")
        # Nothing found is no statement: the search looks back thirty days and no further.
        orders = [
            order
            for order in found
            if isinstance(order, dict)
            and wire.number(order.get("external_orderno")) == purchase.number
        ]
        if len(orders) != 1:
            return Reading("unknown", f"{len(orders)} orders bear our number")
        return checks.with_cards(_order(orders[0]), purchase, _cards(orders[0]))

    def read_notice(self, *, notice: Notice, now: datetime) -> Told:
        try:
            fields = wire.parse_notice(notice)
            signed = sign_notice(fields, self.config.key)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice, f"the notice {problem}")
        given = wire.plain(fields.get("sign"))
        if not hmac.compare_digest(given.encode(errors="replace"), signed.encode()):
            return wire.not_genuine("forged", notice, "the signature does not fit our key")
        number = wire.number(fields.get("external_orderno"))
        if not number:
            return wire.not_genuine("unreadable", notice, "signed, but about no order of ours")
        reading = _order(fields)
        return Told(
            verdict="genuine",
            event_key=f"{number}:{wire.shown(given, chars=40)}",
            detail=reading.detail,
            number=number,
            reference=reading.reference,
            reading=Reading(**vars(reading) | {"cards_missing": reading.status == "succeeded"}),
        )

    def answer(self, *, accepted: bool) -> Reply:
        return wire.text_reply("ok" if accepted else "fail")

    def balance(self, *, now: datetime) -> Call:
        return self._call("/api/v1/user/info", {}, now)

    def read_balance(self, *, answer: Answer | NoAnswer, now: datetime) -> Balance:
        fields = _answered(answer)
        if isinstance(fields, Reading):
            return Balance(None, fields.detail)
        data = fields.get("data")
        if wire.plain(fields.get("code")) != "200" or not isinstance(data, dict):
            return Balance(None, "the supplier refuses to say")
        return Balance(wire.fen(data.get("balance"), up=False), "as the supplier says")

    def mask(self, *, raw: bytes) -> str:
        return wire.masked(raw)

    def _call(self, path: str, body: Mapping[str, Any], now: datetime) -> Call:
        text = wire.dumped({name: body[name] for name in sorted(body)})
        moment = str(int(now.timestamp() * 1000))
        return Call(
            method="POST",
            url=self.config.gateway + path,
            headers={
                "content-type": "application/json; charset=utf-8",
                "Sign": sign(moment, text, self.config.key),
                "Timestamp": moment,
                "UserId": self.config.user_id,
            },
            body=text.encode(),
        )


def sign(moment: str, body: str, key: str) -> str:
    """Lower-case SHA1 over millisecond, body text and key."""
    return hashlib.sha1(f"{moment}{body}{key}".encode(), usedforsecurity=False).hexdigest()


def sign_notice(fields: Mapping[str, Any], key: str) -> str:
    """The signature a notice must bear: cards and parcels take no part, slashes are escaped.

    Raises Unreadable for a notice without a time.
    """
    moment = wire.plain(fields.get("time"))
    if not moment:
        raise wire.Unreadable("has no time")
    signed = {name: fields[name] for name in sorted(fields) if name not in _UNSIGNED}
    text = wire.dumped(signed).replace("/", "\\/")
    return sign(moment, text, key)


def _answered(answer: Answer | NoAnswer) -> dict[str, Any] | Reading:
    if silent := wire.silent(answer):
        return silent
    assert isinstance(answer, Answer)
    return wire.said(answer)


def _order(fields: Mapping[str, Any]) -> Reading:
    """One order as a query or a notice tells it."""
    said = wire.plain(fields.get("status"))
    cost_fen = wire.fen(fields.get("total_price"))
    back_fen = wire.fen(fields.get("has_back_money"), up=False)
    status: Status = _STATES.get(said, "unknown")
    if said in _CANCELLED:
        whole = back_fen is not None and cost_fen is not None and back_fen >= cost_fen > 0
        status = "refunded" if whole else "needs_human"
    return Reading(
        status,
        f"the supplier says status {wire.shown(said, chars=12)}",
        reference=wire.number(fields.get("ordersn")),
        cost_fen=cost_fen,
        refunded_fen=back_fen,
        reason=wire.shown(wire.plain(fields.get("recharge_hints"))),
    )


def _cards(fields: Mapping[str, Any]) -> list[Card]:
    listed = fields.get("card_list")
    if not isinstance(listed, list):
        return []
    found = []
    for item in listed[: wire.CARDS_MAX]:
        if isinstance(item, dict):
            parts = (wire.plain(item.get("card_no")), wire.plain(item.get("card_password")))
            card = checks.card(" ".join(filter(None, parts)), wire.plain(item.get("end_time")))
            if card:
                found.append(card)
    return found
