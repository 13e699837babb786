"""Coupons: made, withdrawn, used and given back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from daoda.trade.catalog import rules
from daoda.trade.catalog.actions.writing import Refused, save, tell
from daoda.trade.catalog.models import Coupon


def create_coupon(
    *,
    shop_id: uuid.UUID,
    code: str,
    kind: str,
    value: int,
    actor: str,
    now: datetime,
    min_amount_fen: int = 0,
    product_id: uuid.UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    uses_max: int | None = None,
) -> Coupon:
    """A new coupon, usable at once. ``value``: percent off or fen off, by ``kind``.

    Raises Refused.
    """
    normal = rules.normalize_coupon_code(code)
    if not normal:
        raise Refused({"code": "required"})
    if starts_at and ends_at and ends_at <= starts_at:
        raise Refused({"ends_at": "before_start"})
    row = Coupon(
        shop_id=shop_id,
        code=normal,
        kind=kind,
        value=value,
        min_amount_fen=min_amount_fen,
        product_id=product_id,
        starts_at=starts_at,
        ends_at=ends_at,
        uses_max=uses_max,
        created_at=now,
    )
    with transaction.atomic():
        save(row, new=True)
        told = {"kind": kind, "value": value, "uses_max": uses_max}
        tell("coupon.created", row, actor=actor, now=now, data=told)
    return row


def withdraw_coupon(*, coupon_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """No order can use it from now on; False when it was withdrawn before."""
    with transaction.atomic():
        rows = Coupon.everywhere.filter(pk=coupon_id, withdrawn=False)
        moved: int = rows.update(withdrawn=True)
        if moved:
            tell("coupon.withdrawn", Coupon.everywhere.get(pk=coupon_id), actor=actor, now=now)
    return bool(moved)


def redeem_coupon(*, coupon_id: uuid.UUID, now: datetime) -> bool:
    """Use a coupon once, in the transaction of the order that uses it.

    False when it is withdrawn, outside its time or used up; minimum and product are the quote's
    to check. The caller gives it back with ``release_coupon`` when the order comes to nothing.
    """
    usable = (
        Q(pk=coupon_id, withdrawn=False)
        & (Q(starts_at__isnull=True) | Q(starts_at__lte=now))
        & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        & (Q(uses_max__isnull=True) | Q(used__lt=F("uses_max")))
    )
    return bool(Coupon.everywhere.filter(usable).update(used=F("used") + 1))


def redeem_coupon_late(*, coupon_id: uuid.UUID) -> None:
    """Count a use by an order that had given it back and was then paid all the same.

    The price was promised, so neither time nor number of uses is asked: ``used`` may exceed
    ``uses_max`` by such orders.
    """
    Coupon.everywhere.filter(pk=coupon_id).update(used=F("used") + 1)


def release_coupon(*, coupon_id: uuid.UUID) -> bool:
    """Give one use back; exactly once per redemption, which the order's own move guards."""
    return bool(Coupon.everywhere.filter(pk=coupon_id, used__gt=0).update(used=F("used") - 1))
