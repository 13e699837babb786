"""Reading who works here and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoda.kit import crypto
from daoda.records.accounts.actions.api_keys import token_hash
from daoda.records.accounts.models import ApiKey, RecoveryCode, SecondFactor, Staff
from daoda.records.accounts.roles import Permission, Role, role_may


def may(staff: object, permission: Permission) -> bool:
    """Whether this person may; nobody (None, an anonymous visitor, a switched-off account) may
    nothing."""
    return isinstance(staff, Staff) and staff.is_active and role_may(Role(staff.role), permission)


def staff_of_shop() -> Sequence[Staff]:
    """Everyone of the entered shop, those who work first, by work number."""
    return list(Staff.objects.select_related("second_factor").order_by("-is_active", "work_number"))


def has_second_factor(staff: Staff) -> bool:
    return SecondFactor.everywhere.filter(staff=staff, enrolled_at__isnull=False).exists()


def recovery_codes_left(staff: Staff) -> int:
    return RecoveryCode.everywhere.filter(factor__staff=staff, used_at=None).count()


def key_of(token: str, *, now: datetime) -> ApiKey | None:
    """The key a program showed; None for one unknown, expired or revoked, which look alike."""
    # The secret part may hold underscores of its own; the prefix holds one.
    prefix = "_".join(token.split("_")[:2])
    key: ApiKey | None = ApiKey.everywhere.select_related("shop").filter(prefix=prefix).first()
    if key is None or not crypto.same(bytes(key.token_hash), token_hash(token)):
        return None
    if key.revoked_at is not None or key.expires_at <= now:
        return None
    return key


def api_keys() -> Sequence[ApiKey]:
    """The entered shop's keys, newest first, the revoked ones too."""
    return list(ApiKey.objects.select_related("issued_by").order_by("-issued_at"))
