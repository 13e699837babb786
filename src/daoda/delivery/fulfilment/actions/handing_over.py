"""Handing over: codes from the shelf in sets, everything else by a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from django.db import OperationalError, transaction

from daoda.delivery.fulfilment import rules
from daoda.kit import faults, sql, wake
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.records.journal import actions as journal
from daoda.records.ledger import actions as ledger
from daoda.records.persons import actions as persons
from daoda.records.persons.models import Person
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries as shelf

SQL = sql.load("daoda.delivery.fulfilment")
BATCH_ROWS = 2000
# An order may want a thousand codes: a batch is bounded by codes as well as by orders.
BATCH_CODES = 20_000
ACTOR = "machine:fulfilment"
POISON = (*orders.POISON, stock.LostCodes)
log = structlog.get_logger(__name__)


class NotInHand(ValueError):
    """The order is not one a person has to deliver now."""


def deliver_batch(
    *, now: datetime, limit_rows: int = BATCH_ROWS, mark: LowWater | None = None
) -> int:
    """Deliver the oldest paid orders; returns how many were delivered or found short.

    From ``mark`` on, if one is kept. Safe to run beside itself. A batch that fails because of
    what is in it is taken apart, and the order that makes it fail is held for a person instead
    of holding up the others; what passes by itself (a deadlock, a lost connection) is left for
    the next round.
    """
    since = mark.since() if mark else BEGINNING
    try:
        with transaction.atomic():
            claimed = _bounded(orders.claim_paid(since=since, limit_rows=limit_rows))
            if mark:
                mark.found(claimed[0].paid_at if claimed else None, now=now)
            _hand_over(claimed, now)
    except OperationalError:
        raise
    except POISON as problem:
        log.warning("delivery_batch_failed", problem=type(problem).__name__)
        with transaction.atomic():
            suspects = orders.claim_paid(since=since, limit_rows=limit_rows)
        return _one_by_one(suspects, _hand_over, now)
    if claimed:
        faults.point("deliver.after_commit")
    return len(claimed)


def heal_shortage(*, now: datetime, limit_rows: int = 500) -> int:
    """Reserve stock that has arrived for orders that wait for it, oldest first.

    A large order that does not fit yet keeps its place and does not hold up smaller ones, however
    many stand before them; nor does an order that makes its batch fail, which is held for a
    person. The cost follows what has arrived, not how many wait.
    """
    short = orders.variants_short()
    # A code whose last day is over still counts until it is swept: granted now, it could not be
    # taken, and the order would be granted it again and again.
    while short and stock.void_expired(now=now):
        continue
    free = shelf.free(short)
    return sum(_heal(variant_id, left, limit_rows, now) for variant_id, left in free.items())


def deliver_by_hand(*, order_id: uuid.UUID, text: str, actor: str, now: datetime) -> None:
    """A person has delivered: ``text`` is what the buyer gets to read, sealed with her key.

    Raises NotInHand, ValueError for a text that is empty or too long.
    """
    if not text.strip() or len(text) > rules.HANDOVER_CHARS_MAX:
        raise ValueError("the text to hand over is empty or too long")
    with transaction.atomic():
        order = orders.lock([order_id]).get(order_id)
        if order is None or order.state != "in_hand":
            raise NotInHand(order_id.hex)
        person = Person.everywhere.get(
            pk=Order.everywhere.values_list("person_id", flat=True).get(pk=order_id)
        )
        persons.put(person=person, kind=handover_kind(order_id), text=text)
        record([order], {}, how="hand", actor=actor, now=now)
        journal.write(
            kind="order.handed_over", subject="order", subject_id=order_id,
            shop_id=order.shop_id, actor=actor, at=now,
        )  # fmt: skip


def handover_kind(order_id: uuid.UUID) -> str:
    """Under which name a handed-over text is kept with the buyer's details."""
    return f"order:{order_id.hex}:handover"


def _hand_over(claimed: Sequence[LockedOrder], now: datetime) -> int:
    """Give locked, paid orders what the shelf has for them; what it lacks makes them short."""
    if not claimed:
        return 0
    given = stock.take(needs=[_need(order) for order in claimed], now=now)
    codes = rules.match([(order.id, order.quantity) for order in claimed], given)
    faults.point("deliver.before_writes")
    whole = [order for order in claimed if order.id in codes]
    record(whole, codes, how="stock", actor=ACTOR, now=now)
    short = [order for order in claimed if order.id not in codes]
    orders.mark_short(short, actor=ACTOR, now=now)
    faults.point("deliver.before_commit")
    return len(claimed)


def _heal(variant_id: uuid.UUID, free: int, limit_rows: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            waiting = orders.claim_short(variant_id=variant_id, free=free, limit_rows=limit_rows)
            return _restock(waiting, now)
    except OperationalError:
        raise
    except POISON as problem:
        log.warning("shortage_batch_failed", problem=type(problem).__name__)
    with transaction.atomic():
        suspects = orders.claim_short(variant_id=variant_id, free=free, limit_rows=limit_rows)
    return _one_by_one(suspects, _restock, now)


def _restock(waiting: Sequence[LockedOrder], now: datetime) -> int:
    granted = stock.reserve_many(needs=[_need(order) for order in waiting])
    served = [order for order in waiting if order.id in granted]
    orders.mark_restocked(served, actor=ACTOR, now=now)
    if served:
        wake.wake("deliver")
    return len(served)


def _need(order: LockedOrder) -> stock.Need:
    return stock.Need(order_id=order.id, variant_id=order.variant_id, quantity=order.quantity)


def _bounded(claimed: list[LockedOrder]) -> list[LockedOrder]:
    codes = 0
    for position, order in enumerate(claimed):
        codes += order.quantity
        if codes > BATCH_CODES and position:
            return claimed[:position]
    return claimed


def _one_by_one(
    suspects: Sequence[LockedOrder],
    work: Callable[[Sequence[LockedOrder], datetime], int],
    now: datetime,
) -> int:
    """Do alone what failed together; returns for how many something was done."""
    return sum(_alone(suspect, work, now) for suspect in suspects)


def _alone(
    suspect: LockedOrder, work: Callable[[Sequence[LockedOrder], datetime], int], now: datetime
) -> int:
    try:
        with transaction.atomic():
            order = orders.lock([suspect.id]).get(suspect.id)
            return work([order], now) if order and order.state == suspect.state else 0
    except OperationalError:
        raise
    except POISON:
        log.exception("order_cannot_be_delivered", order=suspect.id.hex)
    held = orders.hold(
        order_id=suspect.id,
        reason="delivery_failed",
        owner="department:technical",
        actor=ACTOR,
        now=now,
    )
    return int(held)


def record(
    delivered: Sequence[LockedOrder],
    codes: dict[uuid.UUID, list[uuid.UUID]],
    *,
    how: str,
    actor: str,
    now: datetime,
) -> None:
    """Delivery, codes, order, promise, facts and money of delivered orders, together."""
    if not delivered:
        return
    sql.count(
        SQL.add_deliveries,
        {
            "order_ids": [order.id for order in delivered],
            "shop_ids": [order.shop_id for order in delivered],
            "quantities": [order.quantity for order in delivered],
            "hows": [how] * len(delivered),
            "actors": [actor] * len(delivered),
            "ats": [now] * len(delivered),
        },
    )
    rows = [
        (code_id, order.shop_id, order.id, position)
        for order in delivered
        for position, code_id in enumerate(codes.get(order.id, ()), start=1)
    ]
    if rows:
        names = ("code_ids", "shop_ids", "order_ids", "positions")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        sql.count(SQL.add_delivered_codes, columns)
    orders.mark_delivered(delivered, actor=actor, now=now)
    ledger.post_many([_earned(order, now) for order in delivered])


def _earned(order: LockedOrder, now: datetime) -> ledger.NewTransfer:
    return ledger.NewTransfer(
        shop_id=order.shop_id,
        debit=("owed_to_buyers", ""),
        credit=("revenue", ""),
        amount_fen=order.amount_fen,
        currency=order.currency,
        kind="order.delivered",
        subject_id=order.id,
        at=now,
    )
