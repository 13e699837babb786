"""Settlement: from notices to receipts, orders paid and refunds owed, in sets.

One transaction per batch. Orders are locked first, in the order of their ids, so that two
batches with notices of one order judge one after the other; what was receipted before is known
only after that. A batch that fails is taken apart, and the notice that makes it fail goes to a
person instead of holding up the others. See docs/algorithms/settlement.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import structlog
from django.db import OperationalError, transaction

from daoda.kit import faults, ids, sql
from daoda.kit.low_water import BEGINNING, LowWater
from daoda.records.ledger import actions as ledger
from daoda.trade.orders import actions as orders
from daoda.trade.orders.rules import LockedOrder
from daoda.trade.payments.actions import noticing, owing
from daoda.trade.payments.actions.sending import wake_refunds
from daoda.trade.payments.rules import Arrived, Asked, Judgement, date_shown_to, judge

SQL = sql.load("daoda.trade.payments")
BATCH_ROWS = 1000
ACTOR = "machine:settle"
POISON = orders.POISON
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Judged:
    """A claim of money with everything decided about it."""

    arrived: Arrived
    asked: Asked | None
    order: LockedOrder | None
    judgement: Judgement

    @cached_property
    def receipt_id(self) -> uuid.UUID:
        """In the time of its notice, so that the money is booked in the month it came."""
        arrived = self.arrived
        return ids.derive(arrived.notice_id, f"receipt:{arrived.channel_id.hex}:{arrived.trade_no}")


@dataclass
class Sorted:
    """A batch sorted by what is to be done."""

    new: list[Judged] = field(default_factory=list)
    repeats: list[Arrived] = field(default_factory=list)
    without_money: list[Arrived] = field(default_factory=list)
    unknown: list[Arrived] = field(default_factory=list)
    gone_back: list[uuid.UUID] = field(default_factory=list)
    """Payments of which the channel says that money went back."""


def settle_batch(
    *, now: datetime, limit_rows: int = BATCH_ROWS, mark: LowWater | None = None
) -> int:
    """Settle the oldest notices; returns how many. Safe to run beside itself.

    From ``mark`` on, if one is kept. What passes by itself (a deadlock, a lost connection) is
    left for the next round.
    """
    since = mark.since() if mark else BEGINNING
    try:
        with transaction.atomic():
            params = {"limit_rows": limit_rows, "since": since}
            batch = [Arrived(*row) for row in sql.rows(SQL.claim_received, params)]
            if mark:
                mark.found(batch[0].received_at if batch else None, now=now)
            _settle(batch, now)
    except OperationalError:
        raise
    except POISON as problem:
        log.warning("settle_batch_failed", problem=type(problem).__name__)
        return _one_by_one(now, limit_rows, since)
    if batch:
        faults.point("settle.after_commit")
    return len(batch)


def _one_by_one(now: datetime, limit_rows: int, since: datetime) -> int:
    with transaction.atomic():
        params = {"limit_rows": limit_rows, "since": since}
        suspects = [row[0] for row in sql.rows(SQL.claim_received, params)]
    for notice_id in suspects:
        try:
            with transaction.atomic():
                _settle(_lock(notice_id), now)
        except OperationalError:
            raise
        except POISON:
            log.exception("notice_cannot_be_settled", notice=notice_id.hex)
            _to_technical(notice_id, now)
    return len(suspects)


def _lock(notice_id: uuid.UUID) -> list[Arrived]:
    """The notice if it still waits to be settled."""
    return [Arrived(*row) for row in sql.rows(SQL.lock_received, {"notice_id": notice_id})]


def _to_technical(notice_id: uuid.UUID, now: datetime) -> None:
    with transaction.atomic():
        stuck = _lock(notice_id)
        noticing.to_person(stuck, ["failed"] * len(stuck), owner="department:technical", now=now)


def _settle(batch: Sequence[Arrived], now: datetime) -> None:
    """Everything that follows from locked notices, in the caller's transaction."""
    if not batch:
        return
    sorted_batch = _sort(batch)
    faults.point("settle.before_writes")
    _book(sorted_batch.new, now)
    _pay_orders(sorted_batch.new, now)
    owing.owe_many(_excesses(sorted_batch.new), actor=ACTOR, now=now)
    _close(sorted_batch, now)
    wake_refunds(sorted_batch.gone_back, now=now)
    faults.point("settle.before_commit")


def _sort(batch: Sequence[Arrived]) -> Sorted:
    asked = _asked_for(batch)
    locked = orders.lock({one.order_id for one in asked.values()})
    receipted = _receipted(batch)
    result = Sorted()
    for arrived in batch:
        trade = (arrived.channel_id, arrived.trade_no)
        booked = arrived.verdict != "wrong_merchant"  # no money of ours, so it repeats none
        if arrived.status != "paid":
            unknown = arrived.status == "unknown"
            (result.unknown if unknown else result.without_money).append(arrived)
            if arrived.status == "refunded" and arrived.out_number in asked:
                result.gone_back.append(asked[arrived.out_number].payment_id)
        elif booked and trade in receipted:
            result.repeats.append(arrived)
        else:
            if booked:
                receipted.add(trade)
            one = asked.get(arrived.out_number)
            order = locked.get(one.order_id) if one else None
            judgement = judge(arrived, one, order)
            result.new.append(Judged(arrived, one, order, judgement))
            if judgement.pays and order is not None:
                # The next receipt for this order in the same batch finds it paid.
                locked[order.id] = order._replace(state="paid")
    return result


def _asked_for(batch: Sequence[Arrived]) -> dict[str, Asked]:
    numbers = {}
    for arrived in batch:
        try:
            numbers[uuid.UUID(arrived.out_number)] = arrived.out_number
        except ValueError:
            continue  # not one of our numbers: judged as an unknown order
    found = sql.rows(SQL.asked_for, {"ids": list(numbers)})
    return {numbers[row[0]]: Asked(*row) for row in found}


def _receipted(batch: Sequence[Arrived]) -> set[tuple[uuid.UUID, str]]:
    params = {
        "channel_ids": [arrived.channel_id for arrived in batch],
        "trade_nos": [arrived.trade_no for arrived in batch],
    }
    return {(channel, trade) for channel, trade in sql.rows(SQL.receipted, params)}


def _book(judged: Sequence[Judged], now: datetime) -> None:
    """The money is ours to keep safe: owed to the buyer, or in suspense until explained."""
    booked = [one for one in judged if one.judgement.word != "wrong_merchant"]
    if not booked:
        return
    transfers = [
        ledger.NewTransfer(
            shop_id=one.arrived.shop_id,
            debit=("channel_cash", one.arrived.channel_code),
            credit=("suspense" if one.judgement.person else "owed_to_buyers", ""),
            amount_fen=one.arrived.amount_fen or 0,
            currency=one.arrived.currency,
            kind="payment.received",
            subject_id=one.receipt_id,
            at=now,
        )
        for one in booked
    ]
    ledger.post_many(transfers)
    arrived = [one.arrived for one in booked]
    sql.count(
        SQL.add_receipts,
        {
            "ids": [one.receipt_id for one in booked],
            "shop_ids": [a.shop_id for a in arrived],
            "channel_ids": [a.channel_id for a in arrived],
            "payment_ids": [_payment_of(one) for one in booked],
            "notice_ids": [a.notice_id for a in arrived],
            "trade_nos": [a.trade_no for a in arrived],
            "amounts": [a.amount_fen for a in arrived],
            "currencies": [a.currency for a in arrived],
            "paid_ats": [a.paid_at or a.received_at for a in arrived],
            "verdicts": [one.judgement.word for one in booked],
            "transfer_ids": [transfer.id for transfer in transfers],
            "ats": [now] * len(booked),
        },
    )


def _payment_of(one: Judged) -> uuid.UUID | None:
    """The attempt this money is of; a number of ours at another channel names none."""
    if one.asked is None or one.judgement.word == "unknown_order":
        return None
    return one.asked.payment_id


def _pay_orders(judged: Sequence[Judged], now: datetime) -> None:
    paid = [
        orders.PaidOrder(one.order, one.asked.payment_id, date_shown_to(one.arrived, one.asked))
        for one in judged
        if one.judgement.pays and one.order is not None and one.asked is not None
    ]
    orders.mark_paid(paid, actor=ACTOR, now=now)


def _excesses(judged: Sequence[Judged]) -> list[owing.Owed]:
    return [
        owing.Owed(
            shop_id=one.arrived.shop_id,
            receipt_id=one.receipt_id,
            order_id=one.order.id if one.order else None,
            amount_fen=one.judgement.refund_fen,
            currency=one.arrived.currency,
            reason=one.judgement.word,
        )
        for one in judged
        if one.judgement.refund_fen
    ]


def _close(batch: Sorted, now: datetime) -> None:
    settled = [(one.arrived, one.judgement.word) for one in batch.new if not one.judgement.person]
    settled += [(arrived, "repeat") for arrived in batch.repeats]
    settled += [(arrived, "no_money") for arrived in batch.without_money]
    noticing.settle(
        [arrived for arrived, _ in settled], [outcome for _, outcome in settled], now=now
    )
    people = [(one.arrived, one.judgement.word) for one in batch.new if one.judgement.person]
    # A word the channel never documented is not read as "no money".
    people += [(arrived, "unknown_status") for arrived in batch.unknown]
    noticing.to_person(
        [arrived for arrived, _ in people], [outcome for _, outcome in people],
        owner="department:finance", now=now,
    )  # fmt: skip
