"""Confirming by query: where a notice alone must not release goods, the channel is asked.

Claimed under a lease, asked outside any transaction, judged by the answer. A notice that cannot
be confirmed by its date goes to a person.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from daoda.kit import http, sql, wake
from daoda.trade.payments.actions import noticing
from daoda.trade.payments.actions.channels import adapter_of
from daoda.trade.payments.adapters.base import ChannelAdapter, Reading, Trouble
from daoda.trade.payments.models import Channel, Notice
from daoda.trade.payments.rules import confirm_wait_s

SQL = sql.load("daoda.trade.payments")
LEASE = timedelta(seconds=30)
BATCH_ROWS = 100
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pending:
    """A notice whose channel is being asked."""

    notice_id: uuid.UUID
    channel_id: uuid.UUID
    out_number: str
    trade_no: str
    amount_fen: int | None
    tries: int


def confirm_batch(*, now: datetime, limit_rows: int = BATCH_ROWS) -> int:
    """Ask the channels about the notices that are due to be confirmed; returns how many."""
    with transaction.atomic():
        claimed = sql.rows(
            SQL.claim_confirming,
            {"now": now, "leased_until": now + LEASE, "limit_rows": limit_rows},
        )
    pending = [Pending(*row) for row in claimed]
    if not pending:
        return 0
    channels = Channel.everywhere.in_bulk({one.channel_id for one in pending})
    asked: list[tuple[Pending, ChannelAdapter, http.Call]] = []
    for one in pending:
        try:
            adapter = adapter_of(channels[one.channel_id])
            asked.append((one, adapter, adapter.query(number=one.out_number, now=now)))
        except Exception as problem:
            _apply(one, _broken(one, problem), now)
    answers = http.send_all([call for _, _, call in asked])
    for (one, adapter, _), answer in zip(asked, answers, strict=True):
        _apply(one, _said(one, adapter, answer, now), now)
    return len(pending)


def _said(
    one: Pending, adapter: ChannelAdapter, answer: http.Answer | http.NoAnswer, now: datetime
) -> Reading | Trouble:
    try:
        return adapter.read_query(number=one.out_number, answer=answer, now=now)
    except Exception as problem:
        return _broken(one, problem)


def _broken(one: Pending, problem: Exception) -> Trouble:
    """Whatever is wrong with one channel, the notices of all others are still asked about."""
    log.error("channel_cannot_be_asked", channel=one.channel_id.hex, problem=type(problem).__name__)
    return Trouble("person", type(problem).__name__)


def _apply(one: Pending, said: Reading | Trouble, now: datetime) -> None:
    rows = Notice.everywhere.filter(pk=one.notice_id, state="confirming")
    with transaction.atomic():
        if isinstance(said, Trouble) or (said.verdict, said.status) != ("genuine", "paid"):
            rows.update(next_try_at=now + timedelta(seconds=confirm_wait_s(one.tries)))
        elif said.trade_no and said.trade_no != one.trade_no:
            # The channel confirms another payment of this number than the one told of: two may
            # have come, and only a person can see that in the merchant's account.
            notice = rows.select_for_update().first()
            if notice is not None:
                noticing.send_to_person(notice, "other_trade", owner="department:finance", now=now)
        else:
            # The channel's own answer counts, not what the notice claimed.
            rows.update(
                state="received",
                owner="machine:settle",
                status="paid",
                amount_fen=said.amount_fen,
                currency=said.currency,
            )
            wake.wake("settle")
