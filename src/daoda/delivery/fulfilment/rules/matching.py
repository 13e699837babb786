"""Which of the claimed orders the codes at hand are for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

HANDOVER_CHARS_MAX = 4000


def match(
    wanted: Sequence[tuple[uuid.UUID, int]], given: Mapping[uuid.UUID, Sequence[uuid.UUID]]
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The codes each order gets: it is delivered whole or not at all, and missing then."""
    return {
        order_id: list(given[order_id])
        for order_id, quantity in wanted
        if len(given.get(order_id, ())) == quantity
    }
