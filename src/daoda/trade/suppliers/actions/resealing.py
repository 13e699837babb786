"""Sealing anew, under the newest key, the settings of suppliers."""

from __future__ import annotations

import uuid

from daoda.kit import rotation
from daoda.trade.suppliers.models import Supplier


def rotate(*, after: uuid.UUID, limit_rows: int) -> uuid.UUID | None:
    """The settings of the next suppliers; where to go on, None at the end."""
    return rotation.reseal(
        Supplier,
        sealed="config",
        aad=lambda row: b"supplier" + row.shop_id.bytes + row.pk.bytes,
        after=after,
        limit_rows=limit_rows,
    )
