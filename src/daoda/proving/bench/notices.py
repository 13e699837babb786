"""Signed notices for seeded orders, and when each order they pay was delivered."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import psycopg

from daoda.proving.bench import load
from daoda.proving.bench.place import Place
from daoda.proving.bench.seeding import CHANNEL, PRICE_FEN
from daoda.proving.simulators.sandbox import SandboxVendor

DELIVERED_S_MAX = 600.0
_DELIVERED = "SELECT count(*) FROM orders_order WHERE state = 'delivered'"
# The moment an order's delivery could be seen by others, from the transaction that wrote its fact.
_COMMITTED = """
SELECT p.id, extract(epoch FROM pg_xact_commit_timestamp(f.xid::xid))::float8
FROM payments_payment p
JOIN journal_fact f ON f.subject_id = p.order_id AND f.kind = 'order.delivered'
WHERE p.id = ANY (%s)
"""


def signed(channel_id: uuid.UUID, numbers: Sequence[uuid.UUID]) -> Iterator[bytes]:
    """A request for each payment, signed when it is asked for."""
    vendor = SandboxVendor(CHANNEL)
    path = f"/inbound/{channel_id.hex}"
    for number in numbers:
        now = datetime.now(UTC)
        body = {
            "kind": "notice", "event": f"E{number.hex}", "merchant": CHANNEL["merchant"],
            "number": number.hex, "status": "paid", "trade_no": f"T{number.hex}",
            "amount_fen": PRICE_FEN, "currency": "CNY", "paid_at": now.isoformat(),
            "payer": "bench***",
        }  # fmt: skip
        yield load.post(path, *vendor.seal(body, now))


def delivered(place: Place) -> int:
    """How many orders are delivered by now."""
    with psycopg.connect(place.url) as connection:
        row = connection.execute(_DELIVERED).fetchone()
    return row[0] if row else 0


def until_delivered(place: Place, orders: int, began: float) -> float:
    """Wait until so many are; the seconds since ``began``. Raises TimeoutError."""
    with psycopg.connect(place.url, autocommit=True) as connection:
        while monotonic() - began < DELIVERED_S_MAX:
            row = connection.execute(_DELIVERED).fetchone()
            if row is not None and row[0] >= orders:
                return monotonic() - began
            sleep(0.1)
    raise TimeoutError("answered notices were not all delivered")


def waits_s(
    place: Place, numbers: Sequence[uuid.UUID], answered_at: Mapping[int, float]
) -> list[float]:
    """Seconds from each answer to the commit of its order's delivery; nothing for an order whose
    notice was answered and that is not delivered."""
    asked = {numbers[place_]: at for place_, at in answered_at.items()}
    with psycopg.connect(place.url) as connection:
        committed: dict[Any, Any] = dict(connection.execute(_COMMITTED, [list(asked)]).fetchall())
    return [committed[number] - at for number, at in asked.items() if number in committed]
