"""Asking channels whether attempts were paid that nobody told us of.

Claimed in sets under a lease, each channel as often as it bears, asked outside any transaction,
judged in sets. A paid answer is stored as a notice: from there it goes the way of every notice,
with the same unique keys, so that a notice that comes after all is a repeat. Once nobody is meant
to pay by an attempt any more, a channel that can is asked to close it. See
docs/algorithms/asking.md.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.db import transaction

from daoda.kit import faults, http, sql, wake
from daoda.records.journal import actions as journal
from daoda.trade.payments.actions import accepting
from daoda.trade.payments.actions.channels import adapter_of
from daoda.trade.payments.adapters.base import ChannelAdapter, NotOffered, Reading, Trouble
from daoda.trade.payments.models import Asking, Channel, Payment
from daoda.trade.payments.rules import asking as rules
from daoda.trade.payments.rules.asking import Open, Sign

SQL = sql.load("daoda.trade.payments")
ACTOR = "machine:asking"
NODE = "checking"
LEASE = timedelta(seconds=60)
# With two calls each, at most 10 s a call and 50 at once, a batch is done within its lease.
BATCH_ROWS = 100
LOOK_AGAIN = timedelta(seconds=15)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Turn:
    """A claimed attempt and whom to ask about it."""

    one: Open
    adapter: ChannelAdapter


@dataclass(frozen=True)
class Heard:
    """What a turn ended with. ``said`` is empty where nobody was asked."""

    one: Open
    state: str
    said: str = ""
    detail: str = ""
    silent: int = 0
    next_at: datetime | None = None
    owner: str = ACTOR
    notice: accepting.NewNotice | None = None


def begin(payment: Payment, *, window_ends_at: datetime) -> None:
    """A new attempt will be asked about; in the transaction that writes it."""
    first = rules.first_at(started_at=payment.started_at, window_ends_at=window_ends_at)
    Asking(
        payment=payment, shop_id=payment.shop_id, channel_id=payment.channel_id,
        window_ends_at=window_ends_at, state="asking", node=NODE, owner=ACTOR, promised_at=first,
    ).save(force_insert=True)  # fmt: skip


def refer(payment: Payment, reference: str) -> None:
    """The channel's own number of the page, which it has to be asked by."""
    Asking.everywhere.filter(pk=payment.pk).update(reference=reference)


def ask_soon(*, order_id: uuid.UUID, sign: Sign, now: datetime) -> int:
    """The buyer gives a sign that she paid, or will not; returns how many attempts are asked about.

    However often she does, a channel is not asked about an attempt more than once in
    ``rules.GAP``.
    """
    return sql.count(
        SQL.ask_soon, {"order_id": order_id, "sign": sign, "now": now, "gap": rules.GAP}
    )


class Pace(threading.local):
    """How many questions each channel may be asked now, each thread's own.

    Weakness: every worker process has its own, so two ask twice as often.
    """

    def __init__(self) -> None:
        self._left: dict[uuid.UUID, tuple[float, float]] = {}

    def allowed(self, channel_id: uuid.UUID, per_s: int) -> int:
        at, left = self._left.get(channel_id, (monotonic() - 1.0, 0.0))
        now = monotonic()
        left = min(float(per_s), left + (now - at) * per_s)
        self._left[channel_id] = (now, left)
        return int(left)

    def spend(self, channel_id: uuid.UUID, questions: int) -> None:
        at, left = self._left[channel_id]
        self._left[channel_id] = (at, left - questions)


_pace = Pace()


def ask_batch(*, now: datetime, limit_rows: int = BATCH_ROWS, pace: Pace = _pace) -> int:
    """Ask about what is due to be asked about; returns how many. Safe to run beside itself."""
    with transaction.atomic():
        channels, claimed = _claim(now, limit_rows, pace)
    if not claimed:
        return 0
    faults.point("ask.claimed")
    heard = [known for one in claimed if (known := _known(one, now)) is not None]
    asked = {known.one.payment_id for known in heard}
    turns = []
    for one in claimed:
        if one.payment_id not in asked:
            try:
                turns.append(Turn(one, adapter_of(channels[one.channel_id])))
            except Exception as problem:
                heard.append(_broken(one, problem, now))
    said = _ask(turns, now)
    heard += _close(
        [turn for turn in turns if _closable(turn, said[turn.one.payment_id], now)], said, now
    )
    heard += said.values()
    faults.point("ask.called")
    _apply(heard, now)
    return len(claimed)


def _claim(
    now: datetime, limit_rows: int, pace: Pace
) -> tuple[Mapping[uuid.UUID, Channel], list[Open]]:
    due = [row[0] for row in sql.rows(SQL.channels_to_ask, {"now": now})]
    channels: dict[uuid.UUID, Channel] = Channel.everywhere.in_bulk(due)
    share = max(1, limit_rows // max(1, len(due)))
    rows = [min(share, pace.allowed(each, _per_s(channels[each]))) for each in due]
    found = sql.rows(
        SQL.claim_askings,
        {"channel_ids": due, "rows": rows, "now": now, "leased_until": now + LEASE},
    )
    claimed = [Open(*row) for row in found]
    for each in due:
        pace.spend(each, sum(one.channel_id == each for one in claimed))
    return channels, claimed


def _per_s(channel: Channel) -> int:
    try:
        return adapter_of(channel).capability.queries_per_s
    except Exception:
        return 1  # it is claimed, found broken and shown to a person


def _known(one: Open, now: datetime) -> Heard | None:
    """What needs no question: its money is here, or a notice of it is being settled."""
    if one.receipted:
        return Heard(one, "found")
    if one.told:
        return Heard(one, "asking", next_at=now + LOOK_AGAIN)
    return None


def _ask(turns: Sequence[Turn], now: datetime) -> dict[uuid.UUID, Heard]:
    heard: dict[uuid.UUID, Heard] = {}
    calls: list[tuple[Turn, http.Call]] = []
    for turn in turns:
        one = turn.one
        try:
            call = turn.adapter.query(number=one.number, now=now, reference=one.reference)
            calls.append((turn, call))
        except NotOffered as why:
            # Its page was never made, or this channel cannot be asked: nothing can be learned.
            heard[one.payment_id] = Heard(one, "ended", detail=str(why))
        except Exception as problem:
            heard[one.payment_id] = _broken(one, problem, now)
    answers = http.send_all([call for _, call in calls])
    for (turn, _), answer in zip(calls, answers, strict=True):
        heard[turn.one.payment_id] = _judged(turn, answer, now)
    return heard


def _judged(turn: Turn, answer: http.Answer | http.NoAnswer, now: datetime) -> Heard:
    one = turn.one
    try:
        said = turn.adapter.read_query(number=one.number, answer=answer, now=now)
    except Exception as problem:
        return _broken(one, problem, now)
    if isinstance(said, Trouble):
        return _silence(one, said, now)
    if said.verdict != "genuine" or said.status == "unknown":
        return _silence(one, Trouble("unknown", said.detail), now)
    if said.status in {"paid", "refunded"} and isinstance(answer, http.Answer):
        return _found(one, said, answer, now)
    if said.status == "closed":
        return Heard(one, "closed", said="closed", detail=said.detail)
    return _waits(one, said, now)


def _found(one: Open, said: Reading, answer: http.Answer, now: datetime) -> Heard:
    """Money that nobody told us of. What came and went back again is for a person to explain."""
    reading = said if said.status == "paid" else replace(said, status="unknown")
    notice = accepting.prepare_answer(
        shop_id=one.shop_id, channel_id=one.channel_id, reading=reading, answer=answer, now=now
    )
    return Heard(one, "found", said=said.status, detail=said.detail, notice=notice)


def _waits(one: Open, said: Reading, now: datetime) -> Heard:
    """Nothing has been paid yet."""
    later = rules.next_at(
        started_at=one.started_at,
        window_ends_at=one.window_ends_at,
        signed_at=one.signed_at,
        now=now,
    )
    state = "asking" if later else "ended"
    return Heard(one, state, said=said.status, detail=said.detail, next_at=later)


def _silence(one: Open, trouble: Trouble, now: datetime) -> Heard:
    """No answer of use: nothing is concluded, and it is asked again ever more seldom."""
    later = rules.after_silence(one, wait_s=trouble.wait_s, now=now)
    since = one.said_at or one.started_at
    return Heard(
        one,
        "asking" if later else "ended",
        said="silent",
        detail=trouble.detail,
        silent=min(one.silent + 1, 32_000),
        next_at=later,
        owner=rules.owner_of(silent_since=since, kind=trouble.kind, now=now),
    )


def _broken(one: Open, problem: Exception, now: datetime) -> Heard:
    """Whatever is wrong with one channel, the attempts at all others are still asked about."""
    log.error("channel_cannot_be_asked", channel=one.channel_id.hex, problem=type(problem).__name__)
    return _silence(one, Trouble("person", type(problem).__name__), now)


def _closable(turn: Turn, heard: Heard, now: datetime) -> bool:
    nothing_yet = heard.state != "found" and heard.said in {"pending", "absent"}
    return nothing_yet and turn.adapter.capability.closes and rules.may_close(turn.one, now=now)


def _close(turns: Sequence[Turn], said: dict[uuid.UUID, Heard], now: datetime) -> list[Heard]:
    """Ask to take no more money; what is closed leaves ``said``. A refusal may mean that it was

    paid this moment: it is asked about again as soon as that is decent.
    """
    calls = [
        turn.adapter.close(number=turn.one.number, now=now, reference=turn.one.reference)
        for turn in turns
    ]
    closed = []
    for turn, answer in zip(turns, http.send_all(calls), strict=True):
        one = turn.one
        told = turn.adapter.read_close(number=one.number, answer=answer, now=now)
        if isinstance(told, Reading) and told.status == "closed":
            del said[one.payment_id]
            closed.append(Heard(one, "closed", said="closed", detail=told.detail))
        elif isinstance(told, Trouble) or told.status != "absent":
            soon = replace(said[one.payment_id], state="asking", next_at=now + rules.GAP)
            said[one.payment_id] = soon
    return closed


def _apply(heard: Sequence[Heard], now: datetime) -> None:
    notices = [each.notice for each in heard if each.notice is not None]
    with transaction.atomic():
        if notices:
            sql.count(SQL.store_notices, accepting.columns(notices, now))
            wake.wake("settle")
        sql.count(SQL.move_askings, _columns(heard, now))
        journal.write_many([_fact(each, now) for each in heard if each.notice is not None])
    faults.point("ask.after_commit")


def _columns(heard: Sequence[Heard], now: datetime) -> dict[str, object]:
    ones = [each.one for each in heard]
    waiting = [each.state == "asking" for each in heard]
    return {
        "now": now,
        "ids": [one.payment_id for one in ones],
        "tries": [one.tries for one in ones],
        "signed_ats": [one.signed_at for one in ones],
        "states": [each.state for each in heard],
        "nodes": [NODE if waits else None for waits in waiting],
        "owners": [
            each.owner if waits else None for each, waits in zip(heard, waiting, strict=True)
        ],
        "promised_ats": [each.next_at for each in heard],
        "silents": [each.silent for each in heard],
        "saids": [each.said for each in heard],
        "details": [each.detail[:200] for each in heard],
    }


def _fact(each: Heard, now: datetime) -> journal.NewFact:
    one = each.one
    data = {"payment": one.number, "said": each.said}
    return journal.NewFact("payment.found", "order", one.order_id, one.shop_id, ACTOR, now, data)
