"""Taking in what a channel tells us: pure preparation, then one statement for many.

The door prepares each notice without a database and stores what arrived together in one
commit; only then is anything answered.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoda.kit import crypto, ids
from daoda.kit.http import Answer
from daoda.trade.payments.adapters.base import EVENT_KEY_CHARS_MAX, ChannelAdapter, Notice, Reading

SETTLE_WITHIN = timedelta(minutes=10)
SUSPECT_WITHIN = timedelta(hours=24)
RAW_BYTES_MAX = 64 * 1024


@dataclass(frozen=True)
class NewNotice:
    """A notice ready to be stored."""

    id: uuid.UUID
    shop_id: uuid.UUID
    channel_id: uuid.UUID
    reading: Reading
    masked: dict[str, object]
    key_id: str
    sealed: bytes
    state: str
    node: str
    owner: str
    promised_at: datetime


def prepare(
    *,
    shop_id: uuid.UUID,
    channel_id: uuid.UUID,
    adapter: ChannelAdapter,
    notice: Notice,
    now: datetime,
) -> NewNotice:
    """Verify, read, mask and seal one notice. No database is asked."""
    reading = adapter.read(notice=notice, now=now)
    notice_id = ids.uuid7(now)
    sealed = crypto.seal(_raw(notice), aad=b"notice" + shop_id.bytes + notice_id.bytes)
    state, node, owner, within = _first_standing(reading, adapter)
    return NewNotice(
        id=notice_id,
        shop_id=shop_id,
        channel_id=channel_id,
        reading=reading,
        masked=adapter.mask(notice=notice),
        key_id=sealed.key_id,
        sealed=sealed.blob,
        state=state,
        node=node,
        owner=owner,
        promised_at=now + within,
    )


def prepare_answer(
    *,
    shop_id: uuid.UUID,
    channel_id: uuid.UUID,
    reading: Reading,
    answer: Answer,
    now: datetime,
) -> NewNotice:
    """What a channel answered when we asked, as if it had told us by itself.

    It needs no other question, and takes the way every notice takes: what was told before or is
    told later of the same trade is a repeat.
    """
    notice_id = ids.uuid7(now)
    raw = Notice("ANSWER", answer.headers, "", answer.body)
    sealed = crypto.seal(_raw(raw), aad=b"notice" + shop_id.bytes + notice_id.bytes)
    told = {
        "out_number": reading.out_number, "trade_no": reading.trade_no, "status": reading.status,
        "amount_fen": reading.amount_fen, "currency": reading.currency,
    }  # fmt: skip
    return NewNotice(
        id=notice_id,
        shop_id=shop_id,
        channel_id=channel_id,
        reading=reading,
        masked={"method": "ANSWER", "bytes": len(answer.body), "fields": told},
        key_id=sealed.key_id,
        sealed=sealed.blob,
        state="received",
        node="settling",
        owner="machine:settle",
        promised_at=now + SETTLE_WITHIN,
    )


def columns(notices: Sequence[NewNotice], now: datetime) -> dict[str, object]:
    """The parameters of the statement ``store_notices``.

    In one order, so that two doors that are told the same at once wait for each other and do
    not deadlock.
    """
    notices = sorted(notices, key=lambda n: (n.channel_id, _event_key(n.reading)))
    readings = [notice.reading for notice in notices]
    return {
        "now": now,
        "ids": [n.id for n in notices],
        "shop_ids": [n.shop_id for n in notices],
        "channel_ids": [n.channel_id for n in notices],
        "event_keys": [_event_key(r) for r in readings],
        "verdicts": [r.verdict for r in readings],
        "statuses": [r.status for r in readings],
        "out_numbers": [r.out_number for r in readings],
        "trade_nos": [r.trade_no for r in readings],
        "amounts": [r.amount_fen for r in readings],
        "currencies": [r.currency for r in readings],
        "paid_ats": [r.paid_at for r in readings],
        "payers": [r.payer[:80] for r in readings],
        "details": [r.detail[:200] for r in readings],
        "masked": [json.dumps(n.masked, ensure_ascii=False) for n in notices],
        "key_ids": [n.key_id for n in notices],
        "sealed": [n.sealed for n in notices],
        "states": [n.state for n in notices],
        "nodes": [n.node for n in notices],
        "owners": [n.owner for n in notices],
        "promised_ats": [n.promised_at for n in notices],
    }


def accepted(notice: NewNotice) -> bool:
    """Whether the channel is told that its notice is in good hands; a forger is not."""
    return notice.reading.verdict in ("genuine", "wrong_merchant")


def _first_standing(reading: Reading, adapter: ChannelAdapter) -> tuple[str, str, str, timedelta]:
    if reading.verdict not in ("genuine", "wrong_merchant"):
        return "suspect", "matching", "department:risk", SUSPECT_WITHIN
    if reading.verdict == "genuine" and adapter.capability.confirms_by_query:
        return "confirming", "settling", "machine:confirm", SETTLE_WITHIN
    return "received", "settling", "machine:settle", SETTLE_WITHIN


def _event_key(reading: Reading) -> str:
    """The event's own key; one for another merchant must not take the place of ours."""
    if reading.verdict != "wrong_merchant":
        return reading.event_key
    return f"wrong_merchant:{reading.event_key}"[:EVENT_KEY_CHARS_MAX]


def _raw(notice: Notice) -> bytes:
    whole = {
        "method": notice.method,
        "headers": dict(notice.headers),
        "query": notice.query,
        "body": notice.body.decode("latin-1"),
    }
    return json.dumps(whole, ensure_ascii=False).encode()[:RAW_BYTES_MAX]
