"""What suppliers said becomes what is: judged, delivered, failed or doubted, in sets.

Orders are locked first, then attempts, each in the order of their ids; every answer is judged on
what stands under those locks, so that an answer that comes twice, late, or after the order went
another way does no harm.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction
from prometheus_client import Counter

from daoda.delivery.fulfilment import rules
from daoda.delivery.fulfilment.actions import booking, bringing, moving
from daoda.delivery.fulfilment.actions.bringing import Success
from daoda.delivery.fulfilment.actions.calling import Heard, said
from daoda.delivery.fulfilment.actions.moving import ACTOR, PERSON, Change
from daoda.delivery.fulfilment.actions.planning import SEND_WITHIN, free_orders
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.delivery.fulfilment.states import ASKED
from daoda.kit import faults
from daoda.kit.configs import ConfigProblem
from daoda.trade.orders import actions as orders
from daoda.trade.stock.actions import LostCodes
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Capability, Reading
from daoda.trade.suppliers.models import Supplier

SENDS_MAX = 3
RESEND_AFTER = timedelta(seconds=10)
# A buyer who reads "next check at" wants to see it move, not to see every second of it.
TOLD_FROM = timedelta(seconds=30)
POISON = (*orders.POISON, LostCodes)
log = structlog.get_logger(__name__)

judged_total = Counter(
    "daoda_attempts_judged_total", "answers of suppliers by what they said", ["status"]
)


@dataclass(frozen=True)
class Judged:
    """One answer with what it was judged on and what follows."""

    heard: Heard
    attempt: LockedAttempt
    verdict: rules.Verdict
    capability: Capability


def hear_batch(heard: Sequence[Heard], *, now: datetime) -> int:
    """Judge what was heard and act on it; returns how many answers were.

    Safe to repeat. A batch that fails because of what is in it is taken apart; the one that makes
    it fail becomes unknown, with a person.
    """
    done = 0
    for batch in _once_each(heard):
        try:
            with transaction.atomic():
                _hear(batch, now)
                faults.point("attempt.before_commit")
        except OperationalError:
            raise
        except POISON as problem:
            log.warning("hearing_failed", problem=type(problem).__name__)
            for one in batch:
                _hear_alone(one, now)
        faults.point("attempt.after_commit")
        for one in batch:
            judged_total.labels(one.reading.status).inc()
        done += len(batch)
    return done


def _once_each(heard: Sequence[Heard]) -> list[list[Heard]]:
    """Batches in which no attempt stands twice, in the order of what was heard."""
    batches: list[dict[uuid.UUID, Heard]] = []
    for one in heard:
        for batch in batches:
            if one.attempt_id not in batch:
                batch[one.attempt_id] = one
                break
        else:
            batches.append({one.attempt_id: one})
    return [list(batch.values()) for batch in batches]


def _hear(batch: Sequence[Heard], now: datetime) -> None:
    locked = orders.lock({one.order_id for one in batch if one.order_id})
    attempts = moving.lock([one.attempt_id for one in batch])
    known = Supplier.everywhere.in_bulk({one.supplier_id for one in attempts.values()})
    judged = [
        _judge(one, attempts[one.attempt_id], known, now)
        for one in batch
        if one.attempt_id in attempts
    ]
    brought = bringing.bring(
        [
            Success(
                one.heard.reading, one.attempt, one.verdict.state == "returned", said(one.heard)
            )
            for one in judged
            if one.verdict.state in ("succeeded", "returned")
        ],
        locked,
        now,
    )
    rest = [one for one in judged if one.verdict.state not in ("succeeded", "returned")]
    changes = [*brought.changes, *(_change(one, now) for one in rest)]
    moving.apply([change for change in changes if change], actor=ACTOR, now=now)
    gone = {one.attempt.id for one in rest if one.verdict.state == "failed"} | brought.freed
    free_orders([one.attempt for one in judged], gone=gone)
    ended = [change for change in changes if change is not None]
    booking.book(ended, now=now)
    _count(judged, ended, now)


def _judge(
    one: Heard, attempt: LockedAttempt, known: Mapping[uuid.UUID, Supplier], now: datetime
) -> Judged:
    capability = _capability(known[attempt.supplier_id])
    standing = rules.Standing(
        state=attempt.state,
        needs_cards=attempt.needs_cards,
        quantity=attempt.quantity,
        cost_fen=attempt.cost_fen,
        sent_at=attempt.sent_at or now,
        current=one.fence is None or one.fence == attempt.fence,
    )
    if attempt.state in ("succeeded", "returned", "refunded", "written_off", "planned"):
        verdict = rules.Verdict(attempt.state, "over")
    elif not one.left_house and standing.current and attempt.state == "sent":
        spent = attempt.sends >= SENDS_MAX
        verdict = rules.Verdict("failed" if spent else "planned", "unreachable")
    else:
        verdict = rules.judge(standing, one.reading, capability=capability, now=now)
    return Judged(one, attempt, verdict, capability)


def _capability(supplier: Supplier) -> Capability:
    """What it can do; somebody who works by hand, or cannot be opened, can be asked nothing."""
    try:
        if not supplier.by_hand:
            return suppliers.adapter_of(supplier).capability
    except ConfigProblem:
        log.warning("supplier_cannot_be_opened", supplier=supplier.code)
    return Capability(idempotent_create=False, query_by="none")


def _change(one: Judged, now: datetime) -> Change | None:
    """What an answer that brought no goods changes; None for one that says nothing new."""
    attempt, verdict, reading = one.attempt, one.verdict, one.heard.reading
    if verdict.reason in ("over", "overtaken"):
        return None
    to = attempt._replace(
        state=verdict.state,
        reason=attempt.reason if _stays_with_person(one) else verdict.reason,
        answer=reading.status,
        reference=(attempt.reference or reading.reference)[:80],
        asked=attempt.asked + (attempt.state != "sent" and one.heard.how != "notice"),
    )
    words = said(one.heard)
    if verdict.state == "planned":
        later = now + RESEND_AFTER
        to = to._replace(next_at=later, promised_at=later + SEND_WITHIN, answer="")
        return Change(attempt, to._replace(node="sending"), "unreachable", said=words)
    if verdict.state == "failed":
        return Change(attempt, to, "answered", "attempt.failed", words)
    if verdict.state == "cut_off" and attempt.state == "failed":
        to = to._replace(borne_by="supplier_receivable")
    to = to._replace(next_at=_next_at(one, to, now), owner=PERSON if verdict.person else to.owner)
    return Change(attempt, to, "answered", _fact(attempt, to, verdict, now), words)


def _stays_with_person(one: Judged) -> bool:
    """Past its cut-off, an answer that says nothing new leaves it where a person found it."""
    waits = one.attempt.reason in ("past_cut_off", "risk_limit", "cut_off_failed")
    return waits and not one.verdict.person and one.verdict.state == one.attempt.state


def _next_at(one: Judged, to: LockedAttempt, now: datetime) -> datetime | None:
    if one.verdict.person and one.verdict.reason != "needs_human":
        # Asking again changes nothing about a contradiction: somebody has to look.
        return None
    at = rules.ask_at(
        one.capability,
        sent_at=to.sent_at or now,
        asked=to.asked,
        now=now,
        due_at=to.due_at,
        ask_again_s=one.heard.reading.ask_again_s,
        has_reference=bool(to.reference),
        claimed_back=to.state == "cut_off",
        told=one.heard.how == "notice",
    )
    if at is None and one.capability.idempotent_create and to.state == "unknown":
        return now + max(RESEND_AFTER, timedelta(seconds=rules.wait_s(to.asked)))
    return at


def _fact(before: LockedAttempt, to: LockedAttempt, verdict: rules.Verdict, now: datetime) -> str:
    """Told when it moved, when a person is needed, or when the next check is worth a line."""
    if to.state == "refunded":
        return "attempt.refunded"
    if to.state == "cut_off":
        return "attempt.needs_person" if before.state != "cut_off" or verdict.person else ""
    if verdict.person:
        return "attempt.needs_person"
    if to.state == "unknown" and before.state != "unknown":
        return "attempt.unknown"
    if to.state != before.state or (to.next_at and to.next_at >= now + TOLD_FROM):
        return "attempt.waiting"
    return ""


def _count(judged: Sequence[Judged], ended: Sequence[Change], now: datetime) -> None:
    """For the supplier's health: how its calls were answered, how its purchases ended."""
    outcomes = [
        suppliers.Outcome(
            one.attempt.supplier_id, "call",
            "unknown" if one.heard.reading.status == "unknown" else "succeeded",
            int(one.heard.took_s * 1000), now,
        )
        for one in judged if one.heard.took_s
    ]  # fmt: skip
    for change in ended:
        to = change.to
        if to.state in ("succeeded", "failed") and to.state != change.before.state:
            took = now - (to.sent_at or now)
            outcomes.append(
                suppliers.Outcome(
                    to.supplier_id, "purchase",
                    "succeeded" if to.state == "succeeded" else "failed",
                    int(took.total_seconds() * 1000), now,
                )
            )  # fmt: skip
    suppliers.record_outcomes(outcomes=outcomes)


def _hear_alone(one: Heard, now: datetime) -> None:
    try:
        with transaction.atomic():
            _hear([one], now)
        return
    except OperationalError:
        raise
    except POISON:
        log.exception("answer_cannot_be_used", attempt=one.attempt_id.hex)
    with transaction.atomic():
        attempt = moving.lock([one.attempt_id]).get(one.attempt_id)
        if attempt is None or attempt.state not in ASKED:
            return
        to = attempt._replace(state="unknown", reason="answer_unusable", owner=PERSON, next_at=None)
        bare = replace(said(one), response="")
        moving.apply(
            [Change(attempt, to, "answered", "attempt.needs_person", bare)], actor=ACTOR, now=now
        )


def hear_person(*, attempt_id: uuid.UUID, reading: Reading, actor: str, now: datetime) -> bool:
    """What a person says for a supplier who works by hand; False when it came too late.

    The caller has seen that the person may speak for that supplier.
    """
    found = moving.read([attempt_id])
    if not found or found[0].state not in ASKED:
        return False
    told = Heard(attempt_id, found[0].order_id, reading, "person", request=actor)
    return bool(hear_batch([told], now=now))
