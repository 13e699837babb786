"""Staff come, change their work, and go."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Max

from daoda.kit import ids
from daoda.records.accounts.models import Staff, normal_login
from daoda.records.accounts.roles import Role
from daoda.records.journal import actions as journal
from daoda.records.shops.models import Shop

ONE_TIME_VALID = timedelta(days=7)
ONE_TIME_GROUPS = 4
FIRST_WORK_NUMBER = 1001


class LoginTaken(Exception):
    """Someone in this shop has the login name or the work number already."""


class LastOperator(Exception):
    """The shop would be left with nobody who may manage it."""


@dataclass(frozen=True)
class Invited:
    """The new member of staff and the password that opens the door once."""

    staff: Staff
    one_time_password: str = field(repr=False)


def invite(
    *,
    shop_id: uuid.UUID,
    login: str,
    name: str,
    role: Role,
    actor: str,
    now: datetime,
    work_number: int | None = None,
    valid_for: timedelta = ONE_TIME_VALID,
) -> Invited:
    """Let someone work for the shop; without a ``work_number`` the next free one is given.

    Raises LoginTaken.
    """
    password = _one_time_password()
    staff = Staff(
        shop_id=shop_id,
        login=normal_login(login),
        name=name.strip(),
        role=role,
        password=make_password(password),
        one_time_until=now + valid_for,
        invited_at=now,
    )
    with transaction.atomic():
        staff.work_number = work_number or _next_work_number(shop_id)
        try:
            with transaction.atomic():
                staff.save(force_insert=True)
        except IntegrityError as taken:
            raise LoginTaken(staff.login) from taken
        _tell("staff.invited", staff, actor, now, role=role.value)
    return Invited(staff, password)


def set_password(*, staff: Staff, password: str, now: datetime) -> None:
    """The person sets a password of her own; all her sessions end.

    The caller has checked the password against Django's validators.
    """
    staff.password = make_password(password)
    staff.session_stamp = ids.uuid7()
    staff.must_change_password, staff.one_time_until = False, None
    with transaction.atomic():
        Staff.everywhere.filter(pk=staff.pk).update(
            password=staff.password,
            session_stamp=staff.session_stamp,
            must_change_password=False,
            one_time_until=None,
        )
        _tell("staff.password_set", staff, staff.actor, now)


def reset_password(
    *, staff: Staff, actor: str, now: datetime, valid_for: timedelta = ONE_TIME_VALID
) -> str:
    """Replace a forgotten password with a one-time password, returned; all sessions end."""
    password = _one_time_password()
    with transaction.atomic():
        Staff.everywhere.filter(pk=staff.pk).update(
            password=make_password(password),
            session_stamp=ids.uuid7(),
            must_change_password=True,
            one_time_until=now + valid_for,
        )
        _tell("staff.password_reset", staff, actor, now)
    return password


def change_role(*, staff: Staff, role: Role, actor: str, now: datetime) -> bool:
    """Give someone other work, at once; False when it was hers already. Raises LastOperator."""
    with transaction.atomic():
        if role is not Role.OPERATOR:
            _leave_an_operator(staff)
        before = (
            Staff.everywhere.select_for_update().values_list("role", flat=True).get(pk=staff.pk)
        )
        if before == role:
            return False
        Staff.everywhere.filter(pk=staff.pk).update(role=role)
        _tell("staff.role_changed", staff, actor, now, before=before, role=role.value)
    staff.role = role
    return True


def switch_off(*, staff: Staff, actor: str, now: datetime) -> bool:
    """Close the door to someone and end her sessions; False when it was closed already.

    Raises LastOperator.
    """
    with transaction.atomic():
        _leave_an_operator(staff)
        changed = Staff.everywhere.filter(pk=staff.pk, is_active=True).update(
            is_active=False, session_stamp=ids.uuid7()
        )
        if changed:
            _tell("staff.switched_off", staff, actor, now)
    return bool(changed)


def switch_on(*, staff: Staff, actor: str, now: datetime) -> bool:
    """Open the door again; False when it was open already."""
    with transaction.atomic():
        changed = Staff.everywhere.filter(pk=staff.pk, is_active=False).update(is_active=True)
        if changed:
            _tell("staff.switched_on", staff, actor, now)
    return bool(changed)


def record_sign_in(*, staff: Staff, second_factor: str, now: datetime) -> None:
    """Someone is in; ``second_factor`` is ``totp`` or ``recovery_code``."""
    with transaction.atomic():
        Staff.everywhere.filter(pk=staff.pk).update(last_signed_in_at=now)
        _tell("staff.signed_in", staff, staff.actor, now, second_factor=second_factor)


def record_sign_out(*, staff: Staff, now: datetime) -> None:
    _tell("staff.signed_out", staff, staff.actor, now)


def record_lockout(
    *, shop_id: uuid.UUID, login: str, step: str, until: datetime, now: datetime
) -> None:
    """Too many wrong tries at ``step`` (``password`` or ``second_factor``).

    What was typed as a login name is not kept: people type passwords there. A name that is
    nobody's is a fact about the shop.
    """
    staff = Staff.everywhere.filter(shop_id=shop_id, login=normal_login(login)).first()
    journal.write(
        kind="staff.locked_out",
        subject="staff" if staff else "shop",
        subject_id=staff.pk if staff else shop_id,
        shop_id=shop_id,
        actor="machine:sign_in",
        at=now,
        data={"step": step, "until": until.isoformat()},
    )


def _one_time_password() -> str:
    """80 random bits in groups that can be read aloud."""
    letters = "".join(secrets.choice(ids.ALPHABET) for _ in range(4 * ONE_TIME_GROUPS)).lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _next_work_number(shop_id: uuid.UUID) -> int:
    # Two invitations at once would be given the same number: the shop's row makes them take turns.
    Shop.objects.select_for_update().get(pk=shop_id)
    highest = Staff.everywhere.filter(shop_id=shop_id).aggregate(top=Max("work_number"))["top"]
    return (highest or FIRST_WORK_NUMBER - 1) + 1


def _leave_an_operator(staff: Staff) -> None:
    operators = (
        Staff.everywhere.select_for_update()
        .filter(shop_id=staff.shop_id, role=Role.OPERATOR, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if list(operators) == [staff.pk]:
        raise LastOperator(staff.login)


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
