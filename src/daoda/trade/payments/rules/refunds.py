"""What is done next about a refund, and what an answer makes of it.

A refund is sent under one number for one amount, however often. It is done when the channel says
so; it has failed when the channel says so; all else is unknown and is asked about, never sooner
than the channel allows, until a dated cut-off gives it to a person, who keeps what was found. See
docs/algorithms/refunds.md.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from daoda.trade.payments.adapters.base import Capability, RefundAsk, RefundReading, Trouble

# Longer than a batch of calls can take: whoever outlives it finds another number on the refund.
LEASE = timedelta(seconds=60)
# From the first try without a clear word until a person looks at the evidence.
CUT_OFF = timedelta(hours=2)
SENDS_MAX = 8
# A person has it: the channel is still asked, seldom, and then no more.
SLOW = timedelta(hours=1)
ASKS_MAX = 200
MACHINE = "machine:refund"
PERSON = "department:finance"
_WAIT_S = (5, 10, 20, 40, 60, 120, 300, 600, 1200, 1800, 3600)

Step = Literal["send", "ask", "wait", "person"]


class LockedRefund(NamedTuple):
    """What a move needs to know of a refund and of the money it goes back from."""

    id: uuid.UUID
    shop_id: uuid.UUID
    receipt_id: uuid.UUID
    order_id: uuid.UUID | None
    state: str
    owner: str | None
    promise_id: uuid.UUID | None
    promised_at: datetime | None
    amount_fen: int
    currency: str
    reason: str
    reference: str
    next_at: datetime | None
    claimed_until: datetime | None
    fence: int
    sends: int
    asks: int
    sent_at: datetime | None
    cut_off_at: datetime | None
    said: str
    detail: str
    done_at: datetime | None
    closed_at: datetime | None
    verdict: str
    trade_no: str
    total_fen: int
    out_number: str
    channel_id: uuid.UUID
    channel_code: str

    @property
    def by_machine(self) -> bool:
        return self.owner == MACHINE

    def ask(self, *, reason: str, notify_url: str) -> RefundAsk:
        """The same words on every try."""
        return RefundAsk(
            number=self.id.hex,
            out_number=self.out_number,
            trade_no=self.trade_no,
            amount_fen=self.amount_fen,
            total_fen=self.total_fen,
            currency=self.currency,
            reason=reason,
            notify_url=notify_url,
        )


@dataclass(frozen=True)
class Judged:
    """What a refund becomes. ``person`` is why a person has it from now on, empty if none does."""

    state: str
    said: str
    detail: str
    next_at: datetime | None
    person: str = ""
    done_at: datetime | None = None


def next_step(refund: LockedRefund, can: Capability, *, now: datetime) -> Step:
    """What the machine does now with a refund that is due, under the channel's capability."""
    step = _step(refund, can)
    return "wait" if step == "ask" and now < ask_from(refund, can) else step


def ask_from(refund: LockedRefund, can: Capability) -> datetime:
    """From when on the channel may be asked about a refund that was sent."""
    sent_at = refund.sent_at or refund.promised_at
    assert sent_at is not None  # what is open has a date
    return sent_at + timedelta(seconds=can.refund_earliest_query_s)


def _step(refund: LockedRefund, can: Capability) -> Step:
    if refund.state == "owed":
        whole = refund.amount_fen == refund.total_fen
        return "send" if can.refunds and (whole or can.partial_refunds) else "person"
    if not refund.by_machine:
        return "ask" if can.refund_query else "person"
    if can.refund_repeats and refund.sends < SENDS_MAX:
        if refund.state == "unknown" and refund.said == "absent":
            return "send"
        if not can.refund_query:
            return "send"
    return "ask" if can.refund_query else "person"


def wait(tries: int, *, least_s: int) -> timedelta:
    """How long until the channel is asked again, never sooner than it allows."""
    return timedelta(seconds=max(least_s, _WAIT_S[min(tries, len(_WAIT_S) - 1)]))


def judge(
    refund: LockedRefund, can: Capability, said: RefundReading | Trouble, *, now: datetime
) -> Judged:
    """What the answer makes of a refund; ``refund.asks`` counts this question already."""
    if isinstance(said, RefundReading):
        if said.status == "confirmed":
            return Judged("confirmed", said.status, said.detail, None, done_at=said.done_at)
        if said.status == "failed":
            return Judged("failed", said.status, said.detail, None, person="channel_refused")
        if said.status == "processing":
            later = _next_question(refund, can, now)
            return Judged("sent", said.status, said.detail, later)
        return _unclear(refund, can, said.status, said.detail, 0, now=now)
    if said.kind in ("person", "never"):
        later = now + SLOW if can.refund_query else None
        return Judged("unknown", "unknown", said.detail, later, person="needs_a_person")
    return _unclear(refund, can, "unknown", said.detail, said.wait_s, now=now)


def _unclear(
    refund: LockedRefund, can: Capability, word: str, detail: str, wait_s: int, *, now: datetime
) -> Judged:
    if not (can.refund_query or can.refund_repeats):
        return Judged("unknown", word, detail, None, person="cannot_be_asked")
    if refund.by_machine and refund.cut_off_at is not None and now >= refund.cut_off_at:
        return Judged("unknown", word, detail, now + SLOW, person="cut_off")
    if word == "absent" and refund.sends >= SENDS_MAX and refund.by_machine:
        return Judged("unknown", word, detail, now + SLOW, person="sent_too_often")
    later = _next_question(refund, can, now)
    return Judged(
        "unknown", word, detail, max(later, now + timedelta(seconds=wait_s)) if later else None
    )


def _next_question(refund: LockedRefund, can: Capability, now: datetime) -> datetime | None:
    if not refund.by_machine:
        return now + SLOW if refund.asks < ASKS_MAX else None
    return now + wait(refund.asks, least_s=can.refund_earliest_query_s)
