"""Sealing anew, under the newest key, what payments keep sealed."""

from __future__ import annotations

import uuid

from daoda.kit import rotation
from daoda.trade.payments.models import Channel, Notice


def rotate_channels(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """The settings of the next channels; where to go on, None at the end."""
    return rotation.reseal(
        Channel,
        sealed="config",
        aad=lambda row: b"channel" + row.shop_id.bytes + row.pk.bytes,
        after=after,
        limit_rows=limit_rows,
    )


def rotate_notices(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """The next notices as they came; where to go on, None at the end."""
    return rotation.reseal(
        Notice,
        sealed="sealed",
        aad=lambda row: b"notice" + row.shop_id.bytes + row.pk.bytes,
        after=after,
        limit_rows=limit_rows,
    )
