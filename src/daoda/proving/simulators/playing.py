"""What a tester can make happen on a trade: a table of plays, each books and tells something."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from daoda.proving.simulators.trades import Event, Flaw, Payment, Trade

UNDER_FEN = 1
OVER_FEN = 100
LATE_BY_S = 5.0
REPEATS = 3


class CannotPlay(ValueError):
    """The trade is over, or there is no such play."""


@dataclass(frozen=True)
class Wish:
    """One play, with what the tester may set: another amount, and how long to wait first."""

    do: str
    amount_fen: int | None = None
    after_s: float | None = None


def wait_s(trade: Trade, wish: Wish, now: datetime) -> float:
    """Seconds before the play happens: as wished, or for a late one until after the expiry."""
    if wish.after_s is not None:
        return max(0.0, wish.after_s)
    if wish.do != "late" or not trade.expires_at:
        return 0.0
    left_s = (datetime.fromisoformat(trade.expires_at) - now).total_seconds()
    return max(0.0, left_s) + LATE_BY_S


def play(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    """Books what happens and returns what the shop is to be told, in order. Raises CannotPlay."""
    action = PLAYS.get(wish.do)
    if action is None:
        raise CannotPlay(f"there is no play {wish.do!r}; there are {', '.join(PLAYS)}")
    events = action(trade, wish, now)
    for event in events:
        if event not in trade.events:
            trade.events.append(event)
    return events


def _pay(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    """Paying what is already paid changes nothing: a double click is not a double payment."""
    if trade.state == "paid":
        return []
    _must_be_open(trade)
    return [_paid(trade, wish.amount_fen or trade.amount_fen, now)]


def _refuse(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    _must_be_open(trade)
    trade.state = "refused"
    return [Event(id=_event_id(), says="closed")]


def _twice(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    _must_be_open(trade)
    amount_fen = wish.amount_fen or trade.amount_fen
    return [_paid(trade, amount_fen, now), _paid(trade, amount_fen, now)]


def _under(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    _must_be_open(trade)
    less = wish.amount_fen or max(1, trade.amount_fen - UNDER_FEN)
    return [_paid(trade, less, now)]


def _over(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    _must_be_open(trade)
    return [_paid(trade, wish.amount_fen or trade.amount_fen + OVER_FEN, now)]


def _late(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    """Money that comes although the trade is closed: channels do not always win that race."""
    return [_paid(trade, wish.amount_fen or trade.amount_fen, now)]


def _lost(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    """Paid, and nobody tells the shop: only a query finds out."""
    _must_be_open(trade)
    _paid(trade, wish.amount_fen or trade.amount_fen, now)
    return []


def _repeat(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    """The same event several times at once."""
    events = _pay(trade, wish, now) or trade.events[:1]
    return events * REPEATS


def _currency(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
    _must_be_open(trade)
    return [_paid(trade, wish.amount_fen or trade.amount_fen, now, currency="USD")]


def _flawed(flaw: Flaw) -> Callable[[Trade, Wish, datetime], list[Event]]:
    def told(trade: Trade, wish: Wish, now: datetime) -> list[Event]:
        """A notice of money that never moved: nothing is booked."""
        event = Event(id=_event_id(), says="paid", flaw=flaw)
        amount_fen = wish.amount_fen or trade.amount_fen
        event.payment = _payment(trade, amount_fen, now, trade.currency, salt=event.id)
        return [event]

    return told


PLAYS: dict[str, Callable[[Trade, Wish, datetime], list[Event]]] = {
    "pay": _pay,
    "refuse": _refuse,
    "twice": _twice,
    "under": _under,
    "over": _over,
    "late": _late,
    "lost": _lost,
    "repeat": _repeat,
    "currency": _currency,
    "forged": _flawed("forged"),
    "merchant": _flawed("merchant"),
    "number": _flawed("number"),
    "probe": _flawed("probe"),
}


def _must_be_open(trade: Trade) -> None:
    if trade.state != "open":
        raise CannotPlay(f"the trade is {trade.state}")


def _paid(trade: Trade, amount_fen: int, now: datetime, *, currency: str = "") -> Event:
    payment = _payment(trade, amount_fen, now, currency or trade.currency)
    trade.payments.append(payment)
    trade.state = "paid"
    return Event(id=_event_id(), says="paid", payment=payment)


def _payment(
    trade: Trade, amount_fen: int, now: datetime, currency: str, *, salt: str = ""
) -> Payment:
    return Payment(
        trade_no=trade.next_trade_no(now, salt=salt),
        amount_fen=amount_fen,
        currency=currency,
        paid_at=now.isoformat(timespec="seconds"),
        payer="2088000000004711",
    )


def _event_id() -> str:
    return uuid.uuid4().hex
