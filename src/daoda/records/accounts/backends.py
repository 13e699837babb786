"""How Django's sign-in finds staff: by login name within the shop whose door it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from daoda.kit import addresses, clock, crypto
from daoda.records.accounts.models import Staff, normal_login


class StaffOfShop:
    """Checks the password only; the second factor is the door's next question."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        now: datetime | None = None,
    ) -> Staff | None:
        """The person of the request's shop with this login name and password."""
        shop = getattr(request, "shop", None)
        if shop is None or username is None or password is None:
            return None
        staff = Staff.everywhere.filter(shop_id=shop.pk, login=normal_login(username)).first()
        if staff is None:
            # As slow as a wrong password, so that names cannot be told apart by time.
            Staff().set_password(password)
            return None
        if not staff.check_password(password) or not staff.is_active:
            return None
        too_late = staff.one_time_until and staff.one_time_until <= (now or clock.now())
        return None if too_late else staff

    def get_user(self, user_id: Any) -> Staff | None:
        return Staff.everywhere.filter(pk=user_id, is_active=True).first()


def lockout_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Under which name wrong tries are counted: a keyed hash of shop and login name.

    The name itself is not kept by the counter, since people type passwords there.
    """
    shop = getattr(request, "shop", None)
    login = normal_login(str((credentials or {}).get("username") or ""))
    known = f"{shop.pk.hex if shop else ''}/{login}"
    return crypto.fingerprint("staff_login", known.encode()).hex()


def client_address(request: HttpRequest) -> str:
    """The visitor's address, as far as our own proxies vouch for it."""
    return addresses.of_visitor(request.META, trusted_proxies=settings.DAODA.trusted_proxies)
