"""What a person decides: refund, match, send again, and that the money has gone back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from daoda.kit import faults, wake
from daoda.records.journal import actions as journal
from daoda.records.promises import actions as promises
from daoda.trade.orders import actions as orders
from daoda.trade.orders.states import REFUNDABLE
from daoda.trade.payments import queries
from daoda.trade.payments.actions import noticing, owing, returning
from daoda.trade.payments.actions.accepting import SETTLE_WITHIN
from daoda.trade.payments.actions.returning import Told
from daoda.trade.payments.models import Notice, Receipt, Refund
from daoda.trade.payments.rules import SUSPENDED
from daoda.trade.payments.rules.refunds import MACHINE, LockedRefund


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
        faults.point("refund.owed")
    return True


class NotGivenBack(ValueError):
    """Nothing goes back: ``why`` is not_delivered or too_much, ``left_fen`` what there is."""

    def __init__(self, why: str, left_fen: int = 0) -> None:
        super().__init__(why)
        self.why, self.left_fen = why, left_fen


def refund_part(
    *, order_id: uuid.UUID, amount_fen: int, reason: str, cause: str, actor: str, now: datetime
) -> uuid.UUID:
    """Give back a part, or all, of what was paid for goods that were delivered; the refund's id.

    The shop gives of what it earned. ``cause`` names the decision: repeated with it, the first
    refund is answered. What is not delivered goes back whole (``refund_order``): an order is
    delivered at its price or not at all. Raises NotGivenBack.
    """
    with transaction.atomic():
        order = orders.lock([order_id]).get(order_id)
        if order is None or order.state != "delivered":
            raise NotGivenBack("not_delivered")
        twin = Refund.everywhere.filter(order_id=order_id, cause=cause).first()
        if twin is not None:
            return uuid.UUID(str(twin.pk))
        receipt, left_fen = queries.left_of(order_id)
        if receipt is None or not 0 < amount_fen <= left_fen:
            raise NotGivenBack("too_much", left_fen)
        owed = owing.Owed(
            order.shop_id, receipt.pk, order_id, amount_fen, receipt.currency, reason, cause,
            from_earnings=True,
        )  # fmt: skip
        (number,) = owing.owe_many([owed], actor=actor, now=now)
    return number


def confirm_refund(*, refund_id: uuid.UUID, reference: str, actor: str, now: datetime) -> bool:
    """A person has seen that the money went back, under the channel's ``reference``.

    False when that is known already, or while the channel is being asked. An order whose refunds
    are all done is refunded with it.
    """
    with transaction.atomic():
        old = _in_hand(refund_id, now)
        if old is None:
            return False
        new = old._replace(
            state="confirmed", reference=reference, fence=old.fence + 1, next_at=None,
            claimed_until=None,
        )  # fmt: skip
        told = Told("by_hand", "confirmed", reference)
        returning.apply(
            [returning.Move(old, new, (told,), "payment.refunded")], actor=actor, now=now
        )
    return True


def retry_refund(*, refund_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """The cause is corrected, or a person knows that nothing went back: it is sent once more.

    Under the same number and for the same amount. ``reason`` is kept with her name. False unless
    it is in a person's hands and not done; ValueError for an empty reason.
    """
    if not reason.strip():
        raise ValueError("nothing is sent again without a reason")
    with transaction.atomic():
        old = _in_hand(refund_id, now)
        if old is None or old.by_machine or old.state == "sent":
            return False
        new = old._replace(
            state="owed", owner=MACHINE, fence=old.fence + 1, next_at=now, claimed_until=None,
            sends=0, asks=0, cut_off_at=None, said="", detail="",
        )  # fmt: skip
        move = returning.Move(
            old, new, (Told("retried", detail=reason),), "payment.refund_retried", "retried"
        )
        returning.apply([move], actor=actor, now=now)
        wake.wake("refund")
    return True


def ask_refund(*, refund_id: uuid.UUID, now: datetime) -> bool:
    """Let the channel be asked now, if it allows; False when there is nothing to ask about."""
    with transaction.atomic():
        rows = Refund.everywhere.filter(pk=refund_id, state__in=("sent", "unknown", "failed"))
        asked: int = rows.filter(Q(claimed_until=None) | Q(claimed_until__lte=now)).update(
            next_at=now
        )
        if asked:
            wake.wake("refund")
    return bool(asked)


def _in_hand(refund_id: uuid.UUID, now: datetime) -> LockedRefund | None:
    """The locked refund, if it is open and no worker is at it."""
    found = returning.lock([refund_id])
    if not found or found[0].state == "confirmed":
        return None
    busy = found[0].claimed_until is not None and found[0].claimed_until > now
    return None if busy else found[0]


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


def _ending(thing: Notice, now: datetime) -> promises.NewEnding:
    assert thing.promise_id is not None  # an unmatched notice carries one
    late = thing.promised_at is not None and now > thing.promised_at
    how, reason = ("broken", "late") if late else ("kept", "")
    return promises.NewEnding(thing.promise_id, thing.shop_id, now, how, reason)
