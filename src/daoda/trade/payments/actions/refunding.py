"""What a person in finance decides: refund, match, and that the money has gone back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from daoda.kit import wake
from daoda.records.journal import actions as journal
from daoda.records.ledger import actions as ledger
from daoda.records.promises import actions as promises
from daoda.trade.orders import actions as orders
from daoda.trade.orders.states import REFUNDABLE
from daoda.trade.payments import queries
from daoda.trade.payments.actions import noticing, owing
from daoda.trade.payments.actions.accepting import SETTLE_WITHIN
from daoda.trade.payments.models import Notice, Receipt, Refund
from daoda.trade.payments.rules import SUSPENDED


def refund_order(*, order_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """Owe the buyer everything that came for an undelivered order; False when it is too late.

    Excludes delivery under the order's lock: whichever comes first, the other finds it done.
    """
    with transaction.atomic():
        order = orders.lock([order_id]).get(order_id)
        if order is None or order.state not in REFUNDABLE:
            return False
        owed = _still_held(order_id, reason)
        if not owed:
            return False
        orders.owe_refund(order, reason=reason, actor=actor, now=now)
        owing.owe_many(owed, actor=actor, now=now)
    return True


def confirm_refund(*, refund_id: uuid.UUID, reference: str, actor: str, now: datetime) -> bool:
    """The money has gone back, under the channel's ``reference``; False when it already had.

    An order whose refunds are all done is refunded with it.
    """
    with transaction.atomic():
        refund = (
            Refund.everywhere.select_for_update(of=("self",))
            .select_related("receipt__channel", "receipt")
            .filter(pk=refund_id, state="owed")
            .first()
        )
        if refund is None:
            return False
        _end_promise(refund, now)
        ledger.post(_return_money(refund, now))
        Refund.everywhere.filter(pk=refund_id).update(
            state="refunded", reference=reference, closed_at=now,
            node=None, owner=None, promised_at=None, promise_id=None,
        )  # fmt: skip
        _tell(refund, reference, actor, now)
        _finish_order(refund, actor, now)
    return True


def match_notice(*, notice_id: uuid.UUID, outcome: str, actor: str, now: datetime) -> bool:
    """A person has found out what an unmatched notice is; money in suspense is owed back.

    ``outcome`` is kept as the finding. False when nobody has to find out any more.
    """
    with transaction.atomic():
        notice = (
            Notice.everywhere.select_for_update().filter(pk=notice_id, state="unmatched").first()
        )
        if notice is None:
            return False
        promises.end_many([_ending(notice, now)])
        noticing.move([notice.pk], ["unmatched"], ["settled"], [outcome], [None])
        receipt = Receipt.everywhere.filter(notice_id=notice_id).first()
        if receipt is not None:
            owed = owing.Owed(
                notice.shop_id, receipt.pk, None, receipt.amount_fen, receipt.currency,
                receipt.verdict,
            )  # fmt: skip
            owing.owe_many([owed], actor=actor, now=now)
        journal.write(
            kind="payment.matched", subject="notice", subject_id=notice_id,
            shop_id=notice.shop_id, actor=actor, at=now, data={"outcome": outcome},
        )  # fmt: skip
    return True


def vouch_for_notice(*, notice_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """A person has seen this money in the merchant's account: the notice is settled on her word.

    For notices nothing was booked of: the channel would not confirm them, told of another trade,
    or settling failed. ``reason`` is kept with her name: how she knows. False when nobody has to
    find out any more, or money is booked already; ValueError for an empty reason.
    """
    if not reason.strip():
        raise ValueError("a word without a reason is not taken")
    with transaction.atomic():
        notice = (
            Notice.everywhere.select_for_update().filter(pk=notice_id, state="unmatched").first()
        )
        if notice is None or not queries.vouchable(notice):
            return False
        promises.end_many([_ending(notice, now)])
        Notice.everywhere.filter(pk=notice_id).update(
            state="received", status="paid", outcome="", node="settling", owner="machine:settle",
            promised_at=now + SETTLE_WITHIN, promise_id=None,
        )  # fmt: skip
        journal.write(
            kind="payment.vouched", subject="notice", subject_id=notice_id,
            shop_id=notice.shop_id, actor=actor, at=now,
            data={"outcome": notice.outcome, "reason": reason},
        )  # fmt: skip
        wake.wake("settle")
    return True


def _still_held(order_id: uuid.UUID, reason: str) -> list[owing.Owed]:
    """What came for an order and is not owed back yet, per receipt; suspense is not hers."""
    receipts = Receipt.everywhere.filter(payment__order_id=order_id).exclude(verdict__in=SUSPENDED)
    held = []
    for receipt in receipts.annotate(owed_fen=Sum("refunds__amount_fen")):
        left_fen = receipt.amount_fen - (receipt.owed_fen or 0)
        if left_fen > 0:
            held.append(
                owing.Owed(
                    receipt.shop_id, receipt.pk, order_id, left_fen, receipt.currency, reason
                )
            )
    return held


def _return_money(refund: Refund, now: datetime) -> ledger.NewTransfer:
    in_suspense = refund.receipt.verdict in SUSPENDED
    return ledger.NewTransfer(
        shop_id=refund.shop_id,
        debit=("suspense" if in_suspense else "owed_to_buyers", ""),
        credit=("channel_cash", refund.receipt.channel.code),
        amount_fen=refund.amount_fen,
        currency=refund.currency,
        kind="refund.paid",
        subject_id=refund.pk,
        at=now,
    )


def _finish_order(refund: Refund, actor: str, now: datetime) -> None:
    if refund.order_id is None:
        return
    order = orders.lock([refund.order_id])[refund.order_id]
    others = Refund.everywhere.filter(order_id=order.id, state="owed").exists()
    if order.state == "refund_owed" and not others:
        orders.mark_refunded(order, actor=actor, now=now)


def _end_promise(refund: Refund, now: datetime) -> None:
    promises.end_many([_ending(refund, now)])


def _ending(thing: Refund | Notice, now: datetime) -> promises.NewEnding:
    assert thing.promise_id is not None  # an open refund or unmatched notice carries one
    late = thing.promised_at is not None and now > thing.promised_at
    how, reason = ("broken", "late") if late else ("kept", "")
    return promises.NewEnding(thing.promise_id, thing.shop_id, now, how, reason)


def _tell(refund: Refund, reference: str, actor: str, now: datetime) -> None:
    order_id = refund.order_id
    about = ("order", order_id) if order_id else ("receipt", refund.receipt_id)
    data = {"amount_fen": refund.amount_fen, "reference": reference, "reason": refund.reason}
    journal.write_many(
        [journal.NewFact("payment.refunded", *about, refund.shop_id, actor, now, data)]
    )
