"""Which of the claimed orders the codes at hand are for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HANDOVER_CHARS_MAX = 4000


@dataclass(frozen=True)
class Matched:
    """A claimed batch, sorted: order id → the codes it gets, and those that got none."""

    codes: dict[uuid.UUID, list[uuid.UUID]]
    without: list[uuid.UUID]


def match(
    wanted: Sequence[tuple[uuid.UUID, int]], given: Mapping[uuid.UUID, Sequence[uuid.UUID]]
) -> Matched:
    """An order is delivered whole or not at all; whoever got fewer codes than wanted got none."""
    codes = {
        order_id: list(given[order_id])
        for order_id, quantity in wanted
        if len(given.get(order_id, ())) == quantity
    }
    return Matched(codes, [order_id for order_id, _ in wanted if order_id not in codes])
