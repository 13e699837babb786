"""Confirming by query: where a notice alone must not release goods, the channel is asked.

Claimed under a lease, asked outside any transaction, judged by the answer. A notice that cannot
be confirmed by its date goes to a person.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    adapters = _adapters({one.channel_id for one in pending})
    calls = [adapters[one.channel_id].query(number=one.out_number, now=now) for one in pending]
    for one, answer in zip(pending, http.send_all(calls), strict=True):
        said = adapters[one.channel_id].read_query(number=one.out_number, answer=answer, now=now)
        _apply(one, said, now)
    return len(pending)


def _adapters(channel_ids: set[uuid.UUID]) -> dict[uuid.UUID, ChannelAdapter]:
    channels = Channel.everywhere.filter(pk__in=channel_ids)
    return {channel.pk: adapter_of(channel) for channel in channels}


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
