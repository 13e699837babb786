"""Refunds as a channel sees them: one money a number, and all that can go wrong on the way.

A tester queues plays for a trade (``POST /_refunds`` with ``{"number", "plays"}``); each refund
that reaches the channel for the first time, or again after it failed, takes the next one. Without
one it is done at once. What a channel then says, and how, is its own protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aiohttp import web

from daoda.proving.simulators.trades import Refund, Trade

# What happens to the answer on its way back.
Way = Literal["said", "lost", "broken"]
LATER_ASKS = 2

# play: what becomes of the refund, and of the answer.
PLAYS = (
    "do",  # done and said
    "silent",  # done, and no answer comes
    "lost",  # never reached the channel
    "broken",  # done, and an error page comes back
    "later",  # taken on, done when asked for the second time
    "slow_no",  # taken on, refused when asked for the second time
    "refuse",  # refused: the merchant's balance does not suffice
    "deny",  # refused in words, and done all the same
    "flicker",  # taken on, then for one question unknown to the channel, then done
    "twice",  # done, told of twice
)


class OtherAmount(Exception):
    """The number stands for another amount already."""


@dataclass(frozen=True)
class Outcome:
    """The refund as the channel holds it (None: it never came), and what becomes of its answer."""

    refund: Refund | None
    way: Way = "said"
    denied: bool = False


def refund(trade: Trade, number: str, amount_fen: int, now: datetime) -> Outcome:
    """A refund arrives under a number. Raises OtherAmount."""
    known = next((one for one in trade.refunds if one.number == number), None)
    if known is not None and known.amount_fen != amount_fen:
        raise OtherAmount(number)
    if known is not None and known.state != "failed":
        known.sends += 1
        return Outcome(known)
    play = trade.refund_plays.pop(0) if trade.refund_plays else "do"
    if play == "lost":
        return Outcome(None, "lost")
    if known is None:
        known = Refund(number=number, amount_fen=amount_fen, at=now.isoformat(timespec="seconds"))
        trade.refunds.append(known)
    known.sends += 1
    return _PLAYED[play](trade, known)


def ask(trade: Trade, number: str) -> Refund | None:
    """The refund when it is asked about; what was taken on moves on with every question."""
    known = next((one for one in trade.refunds if one.number == number), None)
    if known is None:
        return None
    known.asks += 1
    if known.state == "processing" and known.asks >= known.asks_left:
        known.state = "failed" if known.ends_badly else "done"
    if known.vanishes_at == known.asks:
        return None
    return known


def told_of(trade: Trade, event_id: str, now: datetime) -> Refund:
    """The refund an event tells of; where there is none, one that never was."""
    number = event_id.partition("r")[0]
    never = Refund(number=number, amount_fen=trade.amount_fen, at=now.isoformat(), state="done")
    known = [one for one in trade.refunds if one.number == number] or trade.refunds
    return known[-1] if known else never


def gone_back_fen(trade: Trade) -> int:
    """What has gone back of a trade so far."""
    return sum(one.amount_fen for one in trade.refunds if one.state == "done")


def break_off(request: web.Request) -> web.Response:
    """No answer: the connection ends."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


def _do(trade: Trade, one: Refund) -> Outcome:
    came_fen = sum(payment.amount_fen for payment in trade.payments)
    if gone_back_fen(trade) + one.amount_fen > came_fen:
        one.state = "failed"
        return Outcome(one)
    one.state = "done"
    return Outcome(one)


def _silent(trade: Trade, one: Refund) -> Outcome:
    return Outcome(_do(trade, one).refund, "lost")


def _broken(trade: Trade, one: Refund) -> Outcome:
    return Outcome(_do(trade, one).refund, "broken")


def _later(trade: Trade, one: Refund) -> Outcome:
    one.state, one.asks_left = "processing", LATER_ASKS
    return Outcome(one)


def _slow_no(trade: Trade, one: Refund) -> Outcome:
    one.ends_badly = True
    return _later(trade, one)


def _refuse(trade: Trade, one: Refund) -> Outcome:
    one.state = "failed"
    return Outcome(one)


def _deny(trade: Trade, one: Refund) -> Outcome:
    return Outcome(_do(trade, one).refund, denied=True)


def _flicker(trade: Trade, one: Refund) -> Outcome:
    one.vanishes_at = 1
    return _later(trade, one)


def _twice(trade: Trade, one: Refund) -> Outcome:
    one.told = 2
    return _do(trade, one)


_PLAYED: dict[str, Callable[[Trade, Refund], Outcome]] = {
    "do": _do,
    "silent": _silent,
    "broken": _broken,
    "later": _later,
    "slow_no": _slow_no,
    "refuse": _refuse,
    "deny": _deny,
    "flicker": _flicker,
    "twice": _twice,
}
