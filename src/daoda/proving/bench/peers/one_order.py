"""Delivering one order at a time: the parameters of the seven statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from daoda.kit import ids, sql
from daoda.proving.bench.seeding import Shelf

SQL = sql.load("daoda.proving.bench.peers")
OF_ORDER = ("shop_id", "variant_id", "promise_id")
LAST = (
    SQL.add_delivery,
    SQL.add_delivered_code,
    SQL.end_promise,
    SQL.write_fact,
    SQL.post_transfer,
)


def accounts(shelf: Shelf) -> dict[str, Any]:
    """What is the same for every order."""
    params = shelf.params()
    return {name: params[name] for name in ("owed_id", "revenue_id", "price_fen")}


def begun(order_id: uuid.UUID, same: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are known before the order is read."""
    now = datetime.now(UTC)
    return {
        **same, "order_id": order_id, "now": now, "fact_id": ids.uuid7(now),
        "transfer_id": ids.derive(order_id, "transfer:order.delivered"),
    }  # fmt: skip


def named(row: Sequence[Any] | None) -> dict[str, Any]:
    """What the order says, as parameters. LookupError when it was not to be delivered."""
    if row is None:
        raise LookupError("the order is not paid")
    return dict(zip(OF_ORDER, row, strict=True))


def code(row: Sequence[Any] | None) -> dict[str, Any]:
    """The code that was taken, as a parameter. LookupError when the shelf was empty."""
    if row is None:
        raise LookupError("the shelf is empty")
    return {"code_id": row[0]}
