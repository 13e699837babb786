"""Keys for programs: issued once, kept as a hash, revoked for ever."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from daoda.records.accounts.models import ApiKey, Staff
from daoda.records.accounts.roles import Scope
from daoda.records.journal import actions as journal

TOKEN_START = "daoda_"  # noqa: S105 - so that leaked keys can be searched for
SECRET_BYTES = 32
VALID_DAYS_MAX = 730


class UnknownScope(ValueError):
    """A key was asked for with no scope, or with one that is not there."""


@dataclass(frozen=True)
class Issued:
    """The key's row, and the token that is shown once and kept nowhere."""

    key: ApiKey
    token: str = field(repr=False)


def issue(
    *,
    shop_id: uuid.UUID,
    name: str,
    scopes: Iterable[str],
    valid_for: timedelta,
    actor: str,
    now: datetime,
    issued_by: Staff | None = None,
) -> Issued:
    """A new key for a program. ``valid_for`` is at most two years.

    Raises UnknownScope; ValueError when it would be valid too long.
    """
    wanted = sorted(set(scopes))
    if not wanted or set(wanted) - set(Scope):
        raise UnknownScope(", ".join(wanted))
    if not timedelta(0) < valid_for <= timedelta(days=VALID_DAYS_MAX):
        raise ValueError(f"a key is valid for at most {VALID_DAYS_MAX} days")
    prefix = TOKEN_START + secrets.token_hex(4)
    token = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    with transaction.atomic():
        key = ApiKey.everywhere.create(
            shop_id=shop_id,
            name=name.strip(),
            prefix=prefix,
            token_hash=token_hash(token),
            scopes=[str(scope) for scope in wanted],
            issued_by=issued_by,
            issued_at=now,
            expires_at=now + valid_for,
        )
        _tell("api_key.issued", key, actor, now, scopes=key.scopes)
    return Issued(key, token)


def revoke(*, key: ApiKey, actor: str, now: datetime) -> bool:
    """The key opens nothing any more; False when it was revoked before."""
    with transaction.atomic():
        revoked = ApiKey.everywhere.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
        if revoked:
            _tell("api_key.revoked", key, actor, now)
    return bool(revoked)


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Keep the day of the last use: one write a day, however often the key is used."""
    today = now.date()
    if key.last_used_on != today:
        ApiKey.everywhere.filter(
            Q(last_used_on=None) | Q(last_used_on__lt=today), pk=key.pk
        ).update(last_used_on=today)


def token_hash(token: str) -> bytes:
    """A plain hash is enough: the token holds 256 random bits, there is nothing to guess from."""
    return hashlib.sha256(token.encode()).digest()


def _tell(kind: str, key: ApiKey, actor: str, now: datetime, **data: object) -> None:
    journal.write(
        kind=kind,
        subject="api_key",
        subject_id=key.pk,
        shop_id=key.shop_id,
        actor=actor,
        at=now,
        data=data,
    )
