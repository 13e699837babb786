"""What a simulated channel remembers: trades, what was paid on them, what was told to whom."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

State = Literal["open", "paid", "closed", "refused"]
Flaw = Literal["", "forged", "merchant", "number", "probe"]


@dataclass
class Payment:
    """Money a buyer sent. ``paid_at`` is an ISO time with offset."""

    trade_no: str
    amount_fen: int
    currency: str
    paid_at: str
    payer: str


@dataclass
class Refund:
    """Money on its way back, under the shop's number. ``at`` is an ISO time with offset.

    ``asks_left``: from which question on it is no longer underway; ``vanishes_at``: the question
    at which the channel says it knows no such refund; ``told``: how often the shop is told.
    """

    number: str
    amount_fen: int
    at: str
    state: Literal["done", "processing", "failed"] = "processing"
    sends: int = 0
    asks: int = 0
    asks_left: int = 0
    ends_badly: bool = False
    vanishes_at: int = 0
    told: int = 1


@dataclass
class Try:
    """One sending of a notice; status 0 means no answer came."""

    at: str
    status: int
    answer: str


@dataclass
class Event:
    """Something the shop is told until it answers as it should. ``flaw`` is what is wrong in it."""

    id: str
    says: Literal["paid", "closed", "refunded"]
    payment: Payment | None = None
    flaw: Flaw = ""
    tries: list[Try] = field(default_factory=list)
    accepted: bool = False


@dataclass
class Trade:
    """One number of one merchant. Times are ISO texts with offset."""

    number: str
    amount_fen: int
    currency: str
    subject: str
    notify_url: str
    return_url: str
    opened_at: str
    expires_at: str = ""
    kind: str = ""
    state: State = "open"
    payments: list[Payment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    refund_plays: list[str] = field(default_factory=list)

    def next_trade_no(self, now: datetime, *, salt: str = "") -> str:
        """A number of this channel's own: the day, then digits that differ for each payment.

        Money that never moved has a ``salt``, or the true payment would later bear its number.
        """
        digest = hashlib.sha256(f"{self.number}:{len(self.payments)}{salt}".encode()).digest()
        return now.strftime("%Y%m%d") + str(int.from_bytes(digest[:8], "big"))[:16].zfill(16)


class OtherTrade(Exception):
    """The number is taken by a trade with other terms."""


class Book:
    """All trades by number, kept in a JSON file too when there is a path."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.trades: dict[str, Trade] = {}
        if path and path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            self.trades = {number: _trade(raw) for number, raw in found.items()}

    def open(self, trade: Trade) -> Trade:
        """The trade under this number; opening it again with the same terms changes nothing.

        Raises OtherTrade.
        """
        known = self.trades.setdefault(trade.number, trade)
        if (known.amount_fen, known.currency) != (trade.amount_fen, trade.currency):
            raise OtherTrade(trade.number)
        self.save()
        return known

    def save(self) -> None:
        if self._path:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self.told(), ensure_ascii=False), encoding="utf-8")
            fresh.replace(self._path)

    def told(self) -> dict[str, Any]:
        return {number: asdict(trade) for number, trade in self.trades.items()}


def _trade(raw: dict[str, Any]) -> Trade:
    payments = [Payment(**payment) for payment in raw.pop("payments")]
    events = [_event(event) for event in raw.pop("events")]
    refunds = [Refund(**refund) for refund in raw.pop("refunds", [])]
    return Trade(**raw, payments=payments, events=events, refunds=refunds)


def _event(raw: dict[str, Any]) -> Event:
    payment = raw.pop("payment")
    tries = [Try(**one) for one in raw.pop("tries")]
    return Event(**raw, payment=Payment(**payment) if payment else None, tries=tries)
