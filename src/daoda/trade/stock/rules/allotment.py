"""Which codes go to which orders; docs/algorithms/stock.md."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar


class Need(NamedTuple):
    """An order wants ``quantity`` codes of a variant, all of them or none."""

    order_id: uuid.UUID
    variant_id: uuid.UUID
    quantity: int


T = TypeVar("T")


def allot(
    needs: Iterable[Need], shelf: Mapping[uuid.UUID, Sequence[T]]
) -> dict[uuid.UUID, list[T]]:
    """Codes by order, from the codes of each variant in the order given.

    Earlier needs first; an order that cannot be served whole gets nothing and does not keep
    smaller ones behind it waiting. Orders that are not in the answer got nothing.
    """
    begins_at: dict[uuid.UUID, int] = {}
    served: dict[uuid.UUID, list[T]] = {}
    for need in needs:
        codes = shelf.get(need.variant_id, ())
        start = begins_at.get(need.variant_id, 0)
        end = start + need.quantity
        if need.quantity < 1 or need.order_id in served or end > len(codes):
            continue
        served[need.order_id] = list(codes[start:end])
        begins_at[need.variant_id] = end
    return served
