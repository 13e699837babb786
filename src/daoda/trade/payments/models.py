"""Tables of payments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.ledger.models import Transfer
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.orders.models import Order
from daoda.trade.payments.states import NOTICE, REFUND


class Channel(ShopOwned):
    """A way to pay. ``config`` is sealed: it holds the merchant's keys."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    code = models.SlugField(max_length=30)
    adapter = models.CharField(max_length=30)
    title = models.CharField(max_length=60)
    key_id = models.CharField(max_length=20)
    config = models.BinaryField()
    enabled = models.BooleanField(default=True)
    rank = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "code"], name="one_channel_of_a_code"),
        ]


class Payment(ShopOwned):
    """One attempt to pay an order. Its id, as 32 hex characters, is our number at the channel.

    Not an open thing: while no money has come it is the order that waits, with its date.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    shown_due_at = models.DateTimeField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_of_something"),
        ]


class Notice(Dated):
    """What a channel told us, as it came: verified at the door, stored once per event.

    ``masked`` is fit to be shown; ``sealed`` is the raw request under the shop's key, for
    disputes; both, and ``payer``, go when the buyer is erased, the receipt stays. Nobody outside
    was given the date of a notice, so no promise row is made until a person has to act.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_key = models.CharField(max_length=160)
    verdict = models.CharField(max_length=20)
    status = models.CharField(max_length=12)
    out_number = models.CharField(max_length=64)
    trade_no = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    paid_at = models.DateTimeField(null=True)
    payer = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    masked = models.JSONField(default=dict)
    key_id = models.CharField(max_length=20)
    sealed = models.BinaryField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=30, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("payments_notice", NOTICE, carries_promise=False),
            models.UniqueConstraint(fields=["channel", "event_key"], name="one_notice_an_event"),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], name="notice_to_settle", condition=Q(state="received")
            ),
            models.Index(
                fields=["next_try_at"], name="notice_to_confirm", condition=Q(state="confirming")
            ),
            models.Index(
                fields=["promised_at"],
                name="notice_by_date",
                condition=~Q(state__in=sorted(NOTICE.closed)),
            ),
            models.Index(fields=["out_number"], name="notice_of_payment"),
        ]


class Receipt(ShopOwned):
    """Money that has arrived, once per trade of a channel, with the transfer that books it.

    The transfer is a foreign key that cannot be null: a receipt whose money is not in the
    ledger cannot be committed.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="receipts", null=True
    )
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+", db_index=False)
    trade_no = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_at = models.DateTimeField()
    verdict = models.CharField(max_length=20)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "trade_no"], name="one_receipt_a_trade"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="receipt_of_something"),
        ]


class Refund(Dated):
    """Money that goes back, by the way it came; its id is its number for ever."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", null=True)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=30)
    reference = models.CharField(max_length=80, blank=True, default="")
    owed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("payments_refund", REFUND),
            models.UniqueConstraint(fields=["receipt", "reason"], name="one_refund_a_reason"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_of_something"),
        ]
        indexes = [
            models.Index(fields=["promised_at"], name="refund_by_date", condition=Q(state="owed")),
        ]
