"""What a supplier's word makes of an attempt.

Closed world: only what the supplier says of itself ends an attempt. Silence, oddities and
contradictions leave it where it is or make it unknown; the cut-off, not a guess, ends that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.trade.suppliers.adapters.base import Capability, Reading


@dataclass(frozen=True)
class Standing:
    """An attempt as it stands when an answer is judged.

    ``needs_cards``: the buyer was promised codes. ``cost_fen`` is what the purchase costs.
    ``current``: the answer belongs to the newest call; an older one may have been overtaken.
    """

    state: str
    needs_cards: bool
    quantity: int
    cost_fen: int
    sent_at: datetime
    current: bool = True


@dataclass(frozen=True)
class Verdict:
    """``state`` to move to (the same one: nothing new). ``person`` says that one must look.

    ``resend``: the supplier has no such order, and a repeated create is safe there.
    """

    state: str
    reason: str = ""
    person: bool = False
    resend: bool = False


def judge(
    standing: Standing, reading: Reading, *, capability: Capability, now: datetime
) -> Verdict:
    """What follows from one reading. Pure; the caller knows whether the order still wants it."""
    if reading.status == "succeeded":
        return _succeeded(standing, reading)
    if not standing.current or standing.state == "failed":
        # A failure said of an earlier create must not end the one that is on its way.
        return Verdict(standing.state, "overtaken")
    if reading.status == "failed":
        return _ended(standing, "supplier_failed")
    if reading.status == "refunded":
        return _refunded(standing, reading)
    if reading.status == "absent":
        return _absent(standing, capability, now)
    if standing.state == "cut_off":
        return Verdict("cut_off")
    if reading.status == "needs_human":
        return Verdict("unknown", "needs_human", person=True)
    if reading.status == "processing":
        return Verdict("processing")
    if reading.status == "accepted":
        return Verdict("processing" if standing.state == "processing" else "accepted")
    # What was said before is not unsaid by an answer that says nothing.
    return Verdict("unknown" if standing.state == "sent" else standing.state, reading.detail)


def _succeeded(standing: Standing, reading: Reading) -> Verdict:
    given_up = standing.state in ("cut_off", "failed")
    if reading.cards and len(reading.cards) != standing.quantity:
        return Verdict(_doubtful(standing), "cards_mismatch", person=True)
    if not reading.cards and (reading.cards_missing or standing.needs_cards):
        return Verdict(standing.state if given_up else "processing", "cards_missing")
    if given_up and not reading.cards:
        # Done for the buyer after all; nothing of it can be put on a shelf.
        return Verdict("cut_off", "came_late", person=True)
    return Verdict("returned" if given_up else "succeeded")


def _refunded(standing: Standing, reading: Reading) -> Verdict:
    if reading.refunded_fen is not None and reading.refunded_fen >= standing.cost_fen:
        return _ended(standing, "refunded_whole")
    return Verdict(_doubtful(standing), "refunded_in_part", person=True)


def _absent(standing: Standing, capability: Capability, now: datetime) -> Verdict:
    after_s = capability.absent_is_failed_after_s
    if after_s is not None and now >= standing.sent_at + timedelta(seconds=after_s):
        return _ended(standing, "absent")
    if standing.state == "cut_off":
        return Verdict("cut_off", "absent")
    return Verdict("unknown", "absent", resend=capability.idempotent_create)


def _ended(standing: Standing, reason: str) -> Verdict:
    return Verdict("refunded" if standing.state == "cut_off" else "failed", reason)


def _doubtful(standing: Standing) -> str:
    return "cut_off" if standing.state in ("cut_off", "failed") else "unknown"
