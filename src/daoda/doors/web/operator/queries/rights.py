"""What a member of staff may do, for pages that show only what can be opened."""

from __future__ import annotations

from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role


def of(staff: Staff) -> frozenset[Permission]:
    """The permissions of a signed-in person's role."""
    return ROLE_MAY[Role(staff.role)]


def named(may: frozenset[Permission]) -> dict[str, bool]:
    """The permissions by the names templates ask for: ``may.orders_hold``."""
    return {permission.name.lower(): permission in may for permission in Permission}
