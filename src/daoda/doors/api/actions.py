"""Doing something once, however often it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from psycopg import errors

from daoda.doors.api.models import KeptAnswer
from daoda.kit import crypto, faults, ids, sql
from daoda.records.accounts.models import ApiKey

KEPT_FOR = timedelta(days=7)
SWEEP_ROWS = 1_000
_sql = sql.load(__package__)


class KeyReused(Exception):
    """The Idempotency-Key stands for another request."""


class InFlight(Exception):
    """The first request with this Idempotency-Key has not ended yet."""


@dataclass(frozen=True)
class Answer:
    """What is sent: status, body (JSON), and where the created thing is."""

    status: int
    body: bytes = field(repr=False)
    location: str = ""
    repeated: bool = False


def once(
    *,
    key: ApiKey,
    idempotency_key: str,
    request_hash: bytes,
    act: Callable[[], Answer],
    now: datetime,
) -> Answer:
    """Act and keep the answer in one transaction, or give the answer kept before.

    An act that raises keeps nothing: asking again with the same key tries again. Raises
    KeyReused, InFlight, and whatever ``act`` raises.
    """
    with transaction.atomic():
        answer_id = _claim(key, idempotency_key, request_hash, now)
        if answer_id is None:
            return _kept(key, idempotency_key, request_hash)
        answer = act()
        sealed = crypto.seal(answer.body, aad=_aad(key.shop_id, answer_id))
        KeptAnswer.everywhere.filter(pk=answer_id).update(
            status=answer.status,
            location=answer.location,
            key_id=sealed.key_id,
            sealed_body=sealed.blob,
        )
        faults.point("api.before_commit")
    faults.point("api.after_commit")
    return answer


def sweep_answers(*, now: datetime, limit: int = SWEEP_ROWS) -> int:
    """Forget answers kept for longer than ``KEPT_FOR``; returns how many."""
    return sql.count(_sql.sweep_answers, {"before": now - KEPT_FOR, "batch_rows": limit})


def _claim(
    key: ApiKey, idempotency_key: str, request_hash: bytes, now: datetime
) -> uuid.UUID | None:
    answer_id = ids.uuid7(now)
    sql.count(_sql.limit_wait)
    try:
        claimed = sql.count(
            _sql.claim_key,
            {
                "id": answer_id,
                "shop_id": key.shop_id,
                "api_key_id": key.pk,
                "idempotency_key": idempotency_key,
                "request_hash": request_hash,
                "now": now,
            },
        )
    except OperationalError as problem:
        if isinstance(problem.__cause__, errors.LockNotAvailable):
            raise InFlight from problem
        raise
    sql.count(_sql.wait_as_usual)
    return answer_id if claimed else None


def _kept(key: ApiKey, idempotency_key: str, request_hash: bytes) -> Answer:
    kept: KeptAnswer | None = KeptAnswer.everywhere.filter(
        api_key=key, idempotency_key=idempotency_key
    ).first()
    if kept is None or kept.status is None:
        # Swept between the claim and this look: at the next try it is a new key.
        raise InFlight
    if not crypto.same(bytes(kept.request_hash), request_hash):
        raise KeyReused
    body = crypto.unseal(kept.key_id, bytes(kept.sealed_body), aad=_aad(key.shop_id, kept.pk))
    return Answer(kept.status, body, kept.location, repeated=True)


def _aad(shop_id: uuid.UUID, answer_id: uuid.UUID) -> bytes:
    return b"api-answer" + shop_id.bytes + answer_id.bytes
