"""What suppliers tell us unasked: prepared at the door, stored once, listened to by the worker.

What stands inside the signature of a notice is judged like an answer; a notice that says less
wakes a query, whose answer is fetched over our own connection.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from daoda.delivery.fulfilment.actions import moving
from daoda.delivery.fulfilment.actions.calling import Heard
from daoda.delivery.fulfilment.actions.hearing import hear_batch
from daoda.delivery.fulfilment.actions.moving import SQL
from daoda.delivery.fulfilment.models import SupplierNotice
from daoda.delivery.fulfilment.rules.attempt import LockedAttempt
from daoda.kit import crypto, ids, rotation, sql, wake
from daoda.kit.configs import ConfigProblem
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Notice, SupplierAdapter, Told
from daoda.trade.suppliers.models import Supplier

HEAR_WITHIN = timedelta(minutes=10)
RAW_BYTES_MAX = 64 * 1024
EVENT_KEY_CHARS_MAX = 160
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class NewNotice:
    """A supplier's notice ready to be stored."""

    id: uuid.UUID
    shop_id: uuid.UUID
    supplier_id: uuid.UUID
    told: Told
    masked: str
    key_id: str
    sealed: bytes


def prepare(
    *,
    shop_id: uuid.UUID,
    supplier_id: uuid.UUID,
    adapter: SupplierAdapter,
    notice: Notice,
    now: datetime,
) -> NewNotice:
    """Verify, read, mask and seal one notice. No database is asked."""
    told = adapter.read_notice(notice=notice, now=now)
    notice_id = ids.uuid7(now)
    sealed = crypto.seal(_raw(notice), aad=_aad(shop_id, notice_id))
    masked = adapter.mask(raw=notice.body or notice.query.encode("latin-1", "replace"))
    return NewNotice(
        notice_id, shop_id, supplier_id, told, masked.replace("\0", "")[: moving.KEPT_CHARS_MAX],
        sealed.key_id, sealed.blob,
    )  # fmt: skip


def genuine(notice: NewNotice) -> bool:
    """Whether the supplier is told that its notice is in good hands; a forger is not."""
    return notice.told.verdict == "genuine"


def columns(notices: Sequence[NewNotice], now: datetime) -> dict[str, object]:
    """The parameters of ``store_supplier_notices``, in one order against deadlocks."""
    notices = sorted(notices, key=lambda one: (one.supplier_id, one.told.event_key))
    told = [one.told for one in notices]
    return {
        "now": now,
        "hear_by": now + HEAR_WITHIN,
        "ids": [one.id for one in notices],
        "shop_ids": [one.shop_id for one in notices],
        "supplier_ids": [one.supplier_id for one in notices],
        "event_keys": [one.event_key[:EVENT_KEY_CHARS_MAX] for one in told],
        "verdicts": [one.verdict for one in told],
        "numbers": [one.number[:64] for one in told],
        "references": [one.reference[:80] for one in told],
        "details": [one.detail[:200] for one in told],
        "masked": [one.masked for one in notices],
        "key_ids": [one.key_id for one in notices],
        "sealed": [one.sealed for one in notices],
        "outcomes": ["" if genuine(one) else "not_signed" for one in notices],
        "states": ["received" if genuine(one) else "refused" for one in notices],
    }


def rotate_notices(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """Seal the next notices anew, under the newest key; where to go on, None at the end."""
    return rotation.reseal(
        SupplierNotice,
        sealed="sealed",
        aad=lambda row: _aad(row.shop_id, row.pk),
        after=after,
        limit_rows=limit_rows,
    )


def hear_notices(*, now: datetime, limit_rows: int = 200) -> int:
    """Listen to the oldest notices; returns how many there were."""
    with transaction.atomic():
        rows = sql.rows(SQL.claim_supplier_notices, {"limit_rows": limit_rows})
        if not rows:
            return 0
        meant = _meant(rows)
        known = Supplier.everywhere.in_bulk({row[2] for row in rows})
        heard: list[Heard] = []
        asked: list[uuid.UUID] = []
        outcomes = [_listen(row, meant.get(row[0]), known, heard, asked) for row in rows]
        hear_batch(heard, now=now)
        sql.count(SQL.wake_attempts, {"ids": asked, "now": now})
        sql.count(SQL.end_supplier_notices, {"ids": [row[0] for row in rows], "outcomes": outcomes})
        wake.wake("ask")
    return len(rows)


def _listen(
    row: sql.Row,
    attempt: LockedAttempt | None,
    known: dict[uuid.UUID, Supplier],
    heard: list[Heard],
    asked: list[uuid.UUID],
) -> str:
    """What comes of one notice: judged as it is, or asked about."""
    notice_id, shop_id, supplier_id, _, _, key_id, sealed, received_at = row
    if attempt is None or attempt.supplier_id != supplier_id:
        return "no_attempt"
    raw = crypto.unseal(key_id, bytes(sealed), aad=_aad(shop_id, notice_id))
    told = _told(known[supplier_id], raw, received_at)
    if told is None or told.reading is None:
        asked.append(attempt.id)
        return "asked"
    heard.append(Heard(attempt.id, attempt.order_id, told.reading, "notice"))
    return "judged"


def _meant(rows: Sequence[sql.Row]) -> dict[uuid.UUID, LockedAttempt]:
    """The attempt each notice is about, by our number, else by the supplier's own."""
    named = {row[0]: _number(row[3]) for row in rows}
    unnamed = [row for row in rows if named[row[0]] is None and row[4]]
    by_reference = {
        (supplier_id, reference): attempt_id
        for supplier_id, reference, attempt_id in sql.rows(
            SQL.attempts_of_references,
            {
                "supplier_ids": [row[2] for row in unnamed],
                "references": [row[4] for row in unnamed],
            },
        )
    }
    for row in unnamed:
        named[row[0]] = by_reference.get((row[2], row[4]))
    found = {one.id: one for one in moving.read({one for one in named.values() if one})}
    return {notice: found[one] for notice, one in named.items() if one in found}


def _number(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=text) if text else None
    except ValueError:
        return None


def _told(supplier: Supplier, raw: bytes, received_at: datetime) -> Told | None:
    """What the notice said, read again from what was stored; None when it cannot be any more."""
    try:
        adapter = suppliers.adapter_of(supplier)
    except ConfigProblem:
        return None
    whole = json.loads(raw)
    notice = Notice(
        whole["method"], whole["headers"], whole["query"], whole["body"].encode("latin-1")
    )
    told = adapter.read_notice(notice=notice, now=received_at)
    return told if told.verdict == "genuine" else None


def _raw(notice: Notice) -> bytes:
    whole = {
        "method": notice.method,
        "headers": dict(notice.headers),
        "query": notice.query,
        "body": notice.body.decode("latin-1"),
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _aad(shop_id: uuid.UUID, notice_id: uuid.UUID) -> bytes:
    return b"supplier-notice" + shop_id.bytes + notice_id.bytes
