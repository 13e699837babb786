"""What the copy's rows say: asked while the day is played, and when it is over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

_CLOSED = "('delivered', 'expired', 'cancelled', 'refunded')"
# In whose hands an order is: where it waits, and in people's hands whose.
_WHERE = """CASE WHEN o.state <> 'in_hand' THEN o.state
                 WHEN o.hands = 'department:supplier' THEN 'supplier' ELSE 'agents' END"""
_WEIGHT = "CASE WHEN o.via = 'stock' THEN %(one_in)s ELSE 1 END"
_STANDING = """
    SELECT id, state, promised_at FROM orders_order WHERE id = ANY (%(ids)s::uuid[])
    ORDER BY id
"""
_QUEUES = f"""
    SELECT {_WHERE}, sum({_WEIGHT}) FROM orders_order o
    WHERE o.state NOT IN {_CLOSED} GROUP BY 1
"""  # noqa: S608 - our own words
_ORDERS = f"""
    SELECT o.state, o.via, o.paid_at IS NOT NULL, sum({_WEIGHT}), count(*)
    FROM orders_order o GROUP BY 1, 2, 3
"""  # noqa: S608
_WAITS = """
    SELECT o.via, extract(epoch FROM o.closed_at - r.paid_at)::float
    FROM orders_order o
    JOIN payments_payment p ON p.order_id = o.id
    JOIN payments_receipt r ON r.payment_id = p.id
    WHERE o.state = 'delivered' ORDER BY 1, 2
"""
# Every date given for an order but the buyer's own, and what became of it.
_DATES = f"""
    SELECT CASE WHEN p.node = 'handling' THEN
                CASE WHEN o.hands = 'department:supplier' THEN 'supplier' ELSE 'agents' END
                WHEN p.consequence = 'escalate' AND p.node = 'stocking'
                     AND p.owner = 'department:operations' THEN 'short'
                ELSE p.node END AS place,
           coalesce(e.how, 'standing'), e.at, {_WEIGHT}
    FROM promises_promise p
    JOIN orders_order o ON o.id = p.subject_id
    LEFT JOIN promises_promiseending e ON e.promise_id = p.id
    WHERE p.subject = 'order' AND p.node <> 'payment'
    ORDER BY e.at, p.id
"""  # noqa: S608
_LATE_MONEY = f"""
    SELECT min(f.at), count(*), sum({_WEIGHT}) FROM journal_fact f
    JOIN orders_order o ON o.id = f.subject_id
    WHERE f.kind = 'order.paid' AND f.data ? 'late'
"""  # noqa: S608


class Ended(NamedTuple):
    """A date, where it was given, how it ended (kept, broken, superseded, standing) and when."""

    place: str
    how: str
    at: datetime | None
    stands_for: int


class Counted(NamedTuple):
    """Orders of one state and way: what they stand for, and how many were played."""

    state: str
    via: str
    paid: bool
    orders: int
    played: int


def standing(order_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, str, datetime]]:
    """State and date of these orders, in the order in which they were placed."""
    return _rows(_STANDING, ids=list(order_ids)) if order_ids else []


def queues(one_in: int) -> dict[str, int]:
    """How many orders wait where."""
    return {place: int(orders) for place, orders in _rows(_QUEUES, one_in=one_in)}


def orders(one_in: int) -> list[Counted]:
    """Every order by what became of it."""
    return [
        Counted(state, via, paid, int(stand_for), played)
        for state, via, paid, stand_for, played in _rows(_ORDERS, one_in=one_in)
    ]


def waits() -> Iterator[tuple[str, float]]:
    """How long each delivered order waited since it was paid, in seconds, shortest first."""
    yield from _rows(_WAITS)


def dates(one_in: int) -> list[Ended]:
    """Every date given to a buyer."""
    return [Ended(*row) for row in _rows(_DATES, one_in=one_in)]


def late_money(one_in: int) -> tuple[datetime | None, int]:
    """When money first came for an order that had expired, and for how many."""
    ((first, _played, orders_),) = _rows(_LATE_MONEY, one_in=one_in)
    return first, int(orders_ or 0)


def _rows(question: str, **params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        return list(cursor.fetchall())
