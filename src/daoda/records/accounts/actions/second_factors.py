"""The second factor of staff: an authenticator app (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import os
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from django.db import transaction
from django_otp.oath import TOTP

from daoda.kit import crypto, ids, rotation, sql
from daoda.records.accounts.models import RecoveryCode, SecondFactor, Staff
from daoda.records.journal import actions as journal

_sql = sql.load("daoda.records.accounts")

SECRET_BYTES = 20
STEP_S = 30
# A phone's clock may be one step off either way.
TOLERANCE_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_LETTERS = 10


class AlreadyEnrolled(Exception):
    """The person has a second factor; it has to be reset before another can be enrolled."""


@dataclass(frozen=True)
class Enrolment:
    """What the authenticator app is given: by picture (``uri``) or by hand (``secret``)."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin_enrolment(*, staff: Staff, issuer: str, now: datetime) -> Enrolment:
    """A secret for the app; the same one until it is confirmed, so a reloaded page still fits.

    ``issuer`` is the name the app shows. Raises AlreadyEnrolled.
    """
    with transaction.atomic():
        Staff.everywhere.select_for_update().get(pk=staff.pk)
        factor = SecondFactor.everywhere.filter(staff=staff).first() or _new_factor(staff, now)
    if factor.enrolled_at is not None:
        raise AlreadyEnrolled(staff.login)
    secret = base64.b32encode(_secret(factor)).decode()
    label = quote(f"{issuer}:{staff.login}")
    query = urlencode({"secret": secret, "issuer": issuer, "period": STEP_S}, quote_via=quote)
    return Enrolment(secret, f"otpauth://totp/{label}?{query}")


def confirm_enrolment(*, staff: Staff, code: str, now: datetime) -> list[str] | None:
    """The app showed ``code``: the factor counts from now on. Returns the recovery codes, which
    are shown once; None when the code is wrong or nothing is being enrolled."""
    with transaction.atomic():
        factor = (
            SecondFactor.everywhere.select_for_update()
            .filter(staff=staff, enrolled_at=None)
            .first()
        )
        if factor is None or not _spend(factor, code, now):
            return None
        SecondFactor.everywhere.filter(pk=factor.pk).update(enrolled_at=now)
        codes = _new_codes(factor)
        _tell("second_factor.enrolled", staff, staff.actor, now)
    return codes


def verify_code(*, staff: Staff, code: str, now: datetime) -> bool:
    """Whether the app's code is right, and was not used before. Counts no tries: the caller
    limits them."""
    factor = SecondFactor.everywhere.filter(staff=staff, enrolled_at__isnull=False).first()
    return factor is not None and _spend(factor, code, now)


def use_recovery_code(*, staff: Staff, code: str, now: datetime) -> bool:
    """Whether this is an unused recovery code; it is used up. The caller limits the tries."""
    with transaction.atomic():
        used = RecoveryCode.everywhere.filter(
            factor__staff=staff,
            factor__enrolled_at__isnull=False,
            fingerprint=_fingerprint(staff, code),
            used_at=None,
        ).update(used_at=now)
        if used:
            left = RecoveryCode.everywhere.filter(factor__staff=staff, used_at=None).count()
            _tell("recovery_code.used", staff, staff.actor, now, left=left)
    return bool(used)


def renew_recovery_codes(*, staff: Staff, now: datetime) -> list[str]:
    """New recovery codes, shown once; the old ones open nothing any more."""
    with transaction.atomic():
        factor = SecondFactor.everywhere.select_for_update().get(
            staff=staff, enrolled_at__isnull=False
        )
        RecoveryCode.everywhere.filter(factor=factor).delete()
        codes = _new_codes(factor)
        _tell("recovery_codes.renewed", staff, staff.actor, now)
    return codes


def reset_second_factor(*, staff: Staff, actor: str, now: datetime) -> bool:
    """Forget a lost second factor and end all sessions: at the next sign-in she enrols anew.

    False when there was none.
    """
    with transaction.atomic():
        removed, _ = SecondFactor.everywhere.filter(staff=staff).delete()
        if removed:
            Staff.everywhere.filter(pk=staff.pk).update(session_stamp=ids.uuid7())
            _tell("second_factor.reset", staff, actor, now)
    return bool(removed)


def rotate_second_factors(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """Seal the next secrets under the newest key; where to go on, None at the end."""
    return rotation.reseal(
        SecondFactor, sealed="sealed_secret", aad=_aad, after=after, limit_rows=limit_rows
    )


def _new_factor(staff: Staff, now: datetime) -> SecondFactor:
    factor = SecondFactor(shop_id=staff.shop_id, staff=staff, begun_at=now)
    sealed = crypto.seal(os.urandom(SECRET_BYTES), aad=_aad(factor))
    factor.key_id, factor.sealed_secret = sealed.key_id, sealed.blob
    factor.save(force_insert=True)
    return factor


def _spend(factor: SecondFactor, code: str, now: datetime) -> bool:
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return False
    totp = TOTP(_secret(factor), step=STEP_S)
    totp.time = now.timestamp()
    if not totp.verify(int(digits), tolerance=TOLERANCE_STEPS):
        return False
    return bool(sql.count(_sql.spend_step, {"factor_id": factor.pk, "step": totp.t()}))


def _secret(factor: SecondFactor) -> bytes:
    return crypto.unseal(factor.key_id, bytes(factor.sealed_secret), aad=_aad(factor))


def _aad(factor: SecondFactor) -> bytes:
    return b"second-factor" + factor.shop_id.bytes + factor.pk.bytes


def _new_codes(factor: SecondFactor) -> list[str]:
    letters = ["".join(secrets.choice(ids.ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in
               range(RECOVERY_CODES)]  # fmt: skip
    RecoveryCode.everywhere.bulk_create(
        RecoveryCode(
            shop_id=factor.shop_id, factor=factor, fingerprint=_fingerprint(factor.staff, code)
        )
        for code in letters
    )
    return [ids.spoken(code) for code in letters]


def _fingerprint(staff: Staff, code: str) -> bytes:
    typed = "".join(letter for letter in code.upper() if letter in ids.ALPHABET)
    return crypto.fingerprint("recovery_code", staff.pk.bytes + typed.encode())


def _tell(kind: str, staff: Staff, actor: str, now: datetime, **data: object) -> None:
    journal.write(
        kind=kind,
        subject="staff",
        subject_id=staff.pk,
        shop_id=staff.shop_id,
        actor=actor,
        at=now,
        data=data,
    )
