"""How an order moves: state, promise, date and fact in one transaction, in sets."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DataError, IntegrityError, InternalError

from daoda.kit import ids, sql, wake
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.records.promises import queries as promise_rules
from daoda.trade.orders import rules
from daoda.trade.orders.states import AFTER_BREACH, ORDER, STANDING
from daoda.trade.stock import actions as stock

SQL = sql.load("daoda.trade.orders")
# Which loops go on with an order by themselves.
_GO_ON = {"screening": "screen", "paid": "deliver", "sourcing": "supply"}
SLIPS_MAX = 32_767  # what the column holds: the sweep must not fail over who waited longest


class LostMove(RuntimeError):
    """An order was not where its lock had shown it: the whole batch is rolled back."""


# What a batch fails with because of a row in it; whoever meets it goes on without that row. Of the
# database's own, OperationalError passes by itself (a deadlock, a lost connection), and
# ProgrammingError is nobody's row: tables of another version, a right that is missing.
POISON = (DataError, IntegrityError, InternalError, LostMove, ValueError)


@dataclass(frozen=True)
class Move:
    """One order's move to ``state``.

    ``fulfilled`` says whether the current promise was about exactly this; if not, ``reason``
    supersedes it. ``owner`` and ``clock`` override those the state usually has; ``not_after``
    bounds the date that the rules make.
    """

    order: rules.LockedOrder
    state: str
    fact: str
    reason: str = ""
    fulfilled: bool = False
    breach: bool = False
    reserved: bool | None = None
    owner: str | None = None
    clock: str | None = None
    paid_at: datetime | None = None
    not_after: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def lock(order_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, rules.LockedOrder]:
    """Lock orders for this transaction; those that do not exist are absent."""
    found = sql.rows(SQL.lock_orders, {"ids": list(order_ids)})
    return {row[0]: rules.LockedOrder(*row) for row in found}


def mended(order: rules.LockedOrder) -> rules.LockedOrder:
    """The locked order without its promise if that has ended before: no move could end it again.

    That is never so but after a mistaken repair or restore, and must not bind the order for ever.
    """
    ended = promise_rules.has_ended(order.promise_id)
    return order._replace(promise_id=None) if ended else order


def apply(moves: Sequence[Move], *, actor: str, now: datetime) -> None:
    """Carry out moves of locked orders. Raises LostMove, ValueError for a move not in the table."""
    if not moves:
        return
    for move in moves:
        if not move.breach and not ORDER.permits(move.order.state, move.state):
            raise ValueError(f"no move from {move.order.state} to {move.state}")
    made = _new_promises(moves, now)
    promises.make_many([promise for promise in made if promise is not None])
    promises.end_many(
        [_ending(move, promise, now) for move, promise in zip(moves, made, strict=True)
         if move.order.promise_id is not None]
    )  # fmt: skip
    if sql.count(SQL.move_orders, _columns(moves, made, now)) != len(moves):
        raise LostMove([move.order.id.hex for move in moves][:5])
    journal.write_many([_fact(move, actor, now) for move in moves])


def wake_next(moves: Sequence[Move]) -> None:
    """Wake whoever goes on with moved orders, once for all of them."""
    states = {move.state for move in moves}
    for loop in sorted(_GO_ON[state] for state in states & set(_GO_ON)):
        wake.wake(loop)


def release_reserved(orders: Sequence[rules.LockedOrder]) -> None:
    """Give back what the shelf kept for locked orders, once: their move must clear ``reserved``."""
    kept: Counter[uuid.UUID] = Counter()
    for order in orders:
        if order.reserved:
            kept[order.variant_id] += order.quantity
    stock.release_many(kept)


def _new_promises(moves: Sequence[Move], now: datetime) -> list[promises.NewPromise | None]:
    """The next promise of each move; None where it ends in a closed state."""
    shops = {move.order.shop_id for move in moves if move.state in STANDING}
    clocks = {shop: promise_rules.rules_of(shop, now=now) for shop in shops}
    fresh = ids.uuid7_many(len(moves), now)

    @cache  # a batch is mostly one step of few products
    def dated(shop: uuid.UUID, clock: str, product: uuid.UUID) -> tuple[datetime, dict[str, Any]]:
        due = clocks[shop].due(clock, now, product)
        return due.due_at, clocks[shop].rule(clock, product).basis(due)

    return [
        _promise(move, dated, next(fresh), now) if move.state in STANDING else None
        for move in moves
    ]


def _promise(
    move: Move,
    dated: Callable[[uuid.UUID, str, uuid.UUID], tuple[datetime, dict[str, Any]]],
    promise_id: uuid.UUID,
    now: datetime,
) -> promises.NewPromise:
    order, standing = move.order, STANDING[move.state]
    due_at, basis = dated(order.shop_id, move.clock or standing.clock, order.product_id)
    return promises.NewPromise(
        shop_id=order.shop_id,
        subject="order",
        subject_id=order.id,
        node=standing.node,
        owner=_owner(move),
        made_at=now,
        due_at=min(due_at, move.not_after or due_at),
        consequence=standing.consequence,
        basis=basis,
        id=promise_id,
    )


def _owner(move: Move) -> str:
    usual = move.owner or STANDING[move.state].owner
    return AFTER_BREACH.get(usual, usual) if move.breach else usual


def _ending(move: Move, successor: promises.NewPromise | None, now: datetime) -> promises.NewEnding:
    order = move.order
    assert order.promise_id is not None
    if move.breach:
        how, reason = "broken", move.reason
    else:
        how, reason = rules.how_ended(order, fulfilled=move.fulfilled, reason=move.reason, now=now)
    next_id = successor.id if successor else None
    return promises.NewEnding(order.promise_id, order.shop_id, now, how, reason, next_id)


def _fact(move: Move, actor: str, now: datetime) -> journal.NewFact:
    data = {**move.data, "reason": move.reason} if move.reason else move.data
    return journal.NewFact(move.fact, "order", move.order.id, move.order.shop_id, actor, now, data)


def _columns(
    moves: Sequence[Move], made: Sequence[promises.NewPromise | None], now: datetime
) -> dict[str, list[object]]:
    return {
        "ids": [move.order.id for move in moves],
        "from_states": [move.order.state for move in moves],
        "states": [move.state for move in moves],
        "nodes": [promise.node if promise else None for promise in made],
        "owners": [promise.owner if promise else None for promise in made],
        "promised_ats": [promise.due_at if promise else None for promise in made],
        "promise_ids": [promise.id if promise else None for promise in made],
        "reserved": [
            move.order.reserved if move.reserved is None else move.reserved for move in moves
        ],
        "slips": [min(move.order.slips + move.breach, SLIPS_MAX) for move in moves],
        "hold_reasons": [move.reason if move.state == "held" else "" for move in moves],
        "paid_ats": [move.paid_at or move.order.paid_at for move in moves],
        "closed_ats": [now if move.state in ORDER.closed else None for move in moves],
    }
