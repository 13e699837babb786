"""Sending refunds and asking about them: claimed in sets, called outside any transaction.

What is about to be done is committed first, with a lease and a fence: a worker that dies leaves a
refund that was perhaps sent, which is asked about and never sent again on a guess. An answer is
taken only by the turn that asked. See docs/algorithms/refunds.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from django.db import OperationalError, transaction
from prometheus_client import Counter

from daoda.kit import faults, http, sql, wake
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.trade.orders import actions as orders
from daoda.trade.payments.actions import returning
from daoda.trade.payments.actions.channels import adapter_of
from daoda.trade.payments.actions.returning import Move, Told
from daoda.trade.payments.adapters import wire
from daoda.trade.payments.adapters.base import (
    Capability,
    ChannelAdapter,
    NotOffered,
    RefundReading,
    Trouble,
)
from daoda.trade.payments.models import Channel, Refund
from daoda.trade.payments.rules import refunds as rules
from daoda.trade.payments.rules.refunds import MACHINE, PERSON, Judged, LockedRefund

SQL = sql.load("daoda.trade.payments")
BATCH_ROWS = 50
# Committed so long ago, a call may meet somebody else at it already: it is left to the lease.
BEGIN_WITHIN_S = 15.0
ANSWER_CHARS = 400
REASON = "Refund"
_NOTHING = Capability(queries=False, confirms_by_query=False, closes=False, signs="")
log = structlog.get_logger(__name__)

answers_total = Counter(
    "daoda_refunds_total", "answers about refunds by what they say", ["channel", "word"]
)


@dataclass(frozen=True)
class Turn:
    """A claimed refund, with what is to be done about it now."""

    refund: LockedRefund
    step: rules.Step
    adapter: ChannelAdapter | None
    can: Capability


def refund_batch(
    *, now: datetime, limit_rows: int = BATCH_ROWS, mark: LowWater | None = None
) -> int:
    """Send what is owed, ask about what was sent; returns how many. Safe to run beside itself."""
    started = monotonic()
    with transaction.atomic():
        turns = _claim(now, limit_rows, mark)
    faults.point("refund.claimed")
    calls = [(turn, call) for turn in turns if (call := _call(turn, now)) is not None]
    if calls and monotonic() - started > BEGIN_WITHIN_S:
        log.warning("refunds_left_to_their_lease", refunds=len(calls))
        return len(turns)
    answers = http.send_all([call for _, call in calls])
    faults.point("refund.called")
    judged = [
        (turn, said, _shown(answer))
        for (turn, _), answer in zip(calls, answers, strict=True)
        for said in [_read(turn, answer, now)]
    ]
    _judge(judged, now)
    return len(turns)


def wake_refunds(payment_ids: Sequence[uuid.UUID], *, now: datetime) -> int:
    """A channel has told of money that went back: it is asked, whatever the notice claims.

    What a worker is at already is left alone.
    """
    if not payment_ids:
        return 0
    woken = sql.count(SQL.wake_refunds, {"payment_ids": list(payment_ids), "now": now})
    if woken:
        wake.wake("refund")
    return woken


def _claim(now: datetime, limit_rows: int, mark: LowWater | None) -> list[Turn]:
    since = mark.since() if mark else BEGINNING
    params = {"now": now, "limit_rows": limit_rows, "since": since}
    found = sql.rows(SQL.claim_refunds, params)
    if mark:
        mark.found(found[0][1] if found else None, now=now)
    refunds = returning.lock([row[0] for row in found])
    channels = Channel.everywhere.in_bulk({refund.channel_id for refund in refunds})
    turns = [_turn(refund, channels[refund.channel_id], now) for refund in refunds]
    begun = _begin([(turn, _begun(turn, now)) for turn in turns], now)
    return [Turn(move.new, turn.step, turn.adapter, turn.can) for turn, move in begun]


def _begin(turns: list[tuple[Turn, Move]], now: datetime) -> list[tuple[Turn, Move]]:
    """Write what is begun; whatever cannot be stops none of the others."""
    try:
        with transaction.atomic():
            returning.apply([move for _, move in turns], actor=MACHINE, now=now)
    except OperationalError:
        raise
    except orders.POISON as problem:
        log.warning("refund_batch_failed", problem=type(problem).__name__)
        return [one for one in turns if _begin_alone(one[1], now)]
    return turns


def _begin_alone(move: Move, now: datetime) -> bool:
    try:
        with transaction.atomic():
            returning.apply([move], actor=MACHINE, now=now)
    except OperationalError:
        raise
    except orders.POISON:
        # The machine leaves it alone from now on: its date brings it to a person.
        log.exception("refund_cannot_be_begun", refund=move.old.id.hex)
        Refund.everywhere.filter(pk=move.old.id).update(next_at=None)
        return False
    return True


def _turn(refund: LockedRefund, channel: Channel, now: datetime) -> Turn:
    try:
        adapter = adapter_of(channel)
        can = adapter.capability
    except Exception as problem:
        # Whatever is wrong with one channel, the refunds of all others go on.
        log.error("channel_cannot_refund", channel=channel.pk.hex, problem=type(problem).__name__)
        return Turn(refund, "person", None, _NOTHING)
    return Turn(refund, rules.next_step(refund, can, now=now), adapter, can)


def _begun(turn: Turn, now: datetime) -> Move:
    """What is written before anything is done."""
    old = turn.refund
    new = old._replace(fence=old.fence + 1)
    lapsed = old.claimed_until is not None
    told = [Told("lapsed", detail="a worker began and gave no account")] if lapsed else []
    if turn.step == "person":
        return _to_person(old, new, told)
    if turn.step == "wait":
        return Move(old, new._replace(next_at=rules.ask_from(old, turn.can), claimed_until=None))
    held = new._replace(next_at=now + rules.LEASE, claimed_until=now + rules.LEASE)
    if turn.step == "send":
        held = held._replace(
            state="sent", sends=old.sends + 1, sent_at=now, said="", detail="",
            cut_off_at=old.cut_off_at or now + rules.CUT_OFF,
        )  # fmt: skip
        return Move(old, held, (*told, Told("sent")), "payment.refund_sent" * (old.sends == 0))
    if lapsed and old.state == "sent" and old.said != "processing":
        held = held._replace(state="unknown", said="unknown")
    return Move(old, held._replace(asks=old.asks + 1), (*told, Told("asked")))


def _to_person(old: LockedRefund, new: LockedRefund, told: Sequence[Told]) -> Move:
    """Nothing the machine can do: a person has it, by the date that stands."""
    why = "by_hand" if old.state == "owed" else "cannot_be_asked"
    state = "unknown" if old.state == "sent" else old.state
    owner = PERSON if old.by_machine else old.owner
    new = new._replace(state=state, owner=owner, next_at=None, claimed_until=None)
    told = [*told, Told("handed", detail=why)]
    return Move(old, new, tuple(told), "payment.refund_handed" * old.by_machine, why)


def _call(turn: Turn, now: datetime) -> http.Call | None:
    if turn.step not in ("send", "ask") or turn.adapter is None:
        return None
    ask = turn.refund.ask(reason=REASON, notify_url="")
    try:
        make = turn.adapter.refund if turn.step == "send" else turn.adapter.refund_query
        return make(ask=ask, now=now)
    except Exception as problem:
        _give_up(turn, problem, now)
        return None


def _give_up(turn: Turn, problem: Exception, now: datetime) -> None:
    """No call could be made, so that nothing was sent: a person has it."""
    known = isinstance(problem, NotOffered)
    log.error("refund_cannot_be_called", refund=turn.refund.id.hex, problem=type(problem).__name__)
    words = str(problem) if known else f"the call could not be made: {type(problem).__name__}"
    said: RefundReading | Trouble = Trouble("person", words)
    if turn.step == "send":
        said = RefundReading("failed", turn.refund.id.hex, None, words, None)
    _judge([(turn, said, "")], now)


def _read(
    turn: Turn, answer: http.Answer | http.NoAnswer, now: datetime
) -> RefundReading | Trouble:
    assert turn.adapter is not None  # it made the call
    ask = turn.refund.ask(reason=REASON, notify_url="")
    read = turn.adapter.read_refund if turn.step == "send" else turn.adapter.read_refund_query
    try:
        return read(ask=ask, answer=answer, now=now)
    except Exception as problem:
        log.error("refund_answer_unread", refund=turn.refund.id.hex, problem=type(problem).__name__)
        return Trouble("unknown", type(problem).__name__)


def _shown(answer: http.Answer | http.NoAnswer) -> str:
    if isinstance(answer, http.NoAnswer):
        return ""
    return wire.shown(f"{answer.status} {answer.body.decode(errors='replace')}", chars=ANSWER_CHARS)


Answered = tuple[Turn, RefundReading | Trouble, str]


def _judge(answered: Sequence[Answered], now: datetime) -> None:
    """Write what the answers make of their refunds, together, or else one by one."""
    if not answered:
        return
    try:
        with transaction.atomic():
            _write(answered, now)
    except OperationalError:
        raise
    except orders.POISON as problem:
        log.warning("refund_batch_failed", problem=type(problem).__name__)
        for one in answered:
            _judge_alone(one, now)
        return
    faults.point("refund.after_commit")


def _judge_alone(one: Answered, now: datetime) -> None:
    try:
        with transaction.atomic():
            _write([one], now)
    except OperationalError:
        raise
    except orders.POISON:
        # Its lease passes and it is asked about again; its date brings it to a person.
        log.exception("refund_cannot_be_judged", refund=one[0].refund.id.hex)


def _write(answered: Sequence[Answered], now: datetime) -> None:
    asked = {turn.refund.id: (turn, said, shown) for turn, said, shown in answered}
    moves = []
    for refund in returning.lock(asked):
        turn, said, shown = asked[refund.id]
        if refund.fence == turn.refund.fence and refund.state == turn.refund.state:
            moves.append(_answered(refund, turn, said, shown, now))
    faults.point("refund.before_writes")
    returning.apply(moves, actor=MACHINE, now=now)
    for move in moves:
        answers_total.labels(move.new.channel_code, move.new.said).inc()
    faults.point("refund.before_commit")


def _answered(
    old: LockedRefund, turn: Turn, said: RefundReading | Trouble, shown: str, now: datetime
) -> Move:
    judged = rules.judge(old, turn.can, said, now=now)
    if old.state == "failed" and judged.state == "unknown":
        judged = Judged("failed", old.said, old.detail, None)
    told = [Told("answered", judged.said, said.detail, shown)]
    handed = bool(judged.person) and old.by_machine
    if handed:
        told.append(Told("handed", detail=judged.person))
    new = old._replace(
        state=judged.state, said=judged.said, detail=judged.detail, next_at=judged.next_at,
        claimed_until=None, done_at=judged.done_at, owner=PERSON if handed else old.owner,
    )  # fmt: skip
    return Move(old, new, tuple(told), _fact(old, new, handed=handed), judged.person)


def _fact(old: LockedRefund, new: LockedRefund, *, handed: bool) -> str:
    if new.state == "confirmed":
        return "payment.refunded"
    if new.state == "failed" and old.state != "failed":
        return "payment.refund_failed"
    return "payment.refund_handed" if handed else ""
