"""Sealing anew what bears an older key, so that the newest alone opens the database of today.

A rotation begins with ``daoda rotate-keys``; then every package walks over what it has sealed,
in a loop of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.db.models import Model

from daoda.kit import crypto

PAGE_ROWS = 500
AGAIN = timedelta(days=1)
EVERY_S = 600.0
log = structlog.get_logger(__name__)


class Walk(Protocol):
    """Seals the next page anew; returns where to go on, None at the end."""

    def __call__(self, *, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None: ...


class KeyRotation:
    """A slow walk over all that a package has sealed.

    It begins with the process, because that is when a new key is first on the ring, and again
    once a day for what older processes sealed since.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._after: uuid.UUID | None = uuid.UUID(int=0)
        self._ended_at: datetime | None = None

    def run_once(self, now: datetime) -> int:
        """Walk on by one page; 0 when the walk is over for today."""
        if self._after is None:
            if self._ended_at is not None and now - self._ended_at < AGAIN:
                return 0
            self._after = uuid.UUID(int=0)
        self._after = self._walk(after=self._after, limit_rows=PAGE_ROWS)
        if self._after is None:
            self._ended_at = now
            return 0
        return 1


def reseal(
    model: type[Model],
    *,
    sealed: str,
    aad: Callable[[Any], bytes],
    after: uuid.UUID,
    limit_rows: int,
) -> uuid.UUID | None:
    """Seal the next ``limit_rows`` rows of ``model`` under the newest key where they bear another.

    ``sealed`` names the field that ``key_id`` tells the key of, ``aad`` what it is bound to.
    Returns where to go on, None at the end. What cannot be opened is logged and stays as it is.
    """
    rows = model.everywhere  # type: ignore[attr-defined] # of every shop's models
    newest = crypto.keyring().newest
    page = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", "key_id")[:limit_rows])
    stale = [pk for pk, key_id in page if key_id != newest]
    for row in rows.filter(pk__in=stale).only("pk", "shop_id", "key_id", sealed):
        blob = getattr(row, sealed)
        if not blob:
            continue  # erased
        try:
            plain = crypto.unseal(row.key_id, bytes(blob), aad=aad(row))
        except crypto.CannotUnseal as problem:
            log.error("cannot_reseal", table=row._meta.db_table, id=row.pk.hex, why=str(problem))
            continue
        anew = crypto.seal(plain, aad=aad(row))
        # Whoever changed or erased it meanwhile wins.
        rows.filter(pk=row.pk, **{sealed: blob}).update(
            **{"key_id": anew.key_id, sealed: anew.blob}
        )
    return page[-1][0] if page else None
