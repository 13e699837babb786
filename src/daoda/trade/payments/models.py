"""Tables of payments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.ledger.models import Transfer
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.orders.models import Order
from daoda.trade.payments.states import ASKING, NOTICE, REFUND


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


class Asking(Dated):
    """The questions put to a channel about one attempt to pay, until its money is found or cannot
    come any more.

    ``promised_at`` is when it is asked next; ``claimed_until`` while a worker is at it, and
    ``tries`` counts claims, so that a worker that was overtaken writes nothing. ``signed_at`` is
    when the buyer last gave a sign: that she paid, by coming back from the channel's page
    (``returned``) or by a button (``pressed``), or that she will not (``cancelled``). ``said`` is
    the channel's last word, ``silent`` how many questions since had no answer of use.
    ``reference`` is the channel's number of the page, where it has one.
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, primary_key=True, related_name="asking"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=120, blank=True, default="")
    window_ends_at = models.DateTimeField()
    sign = models.CharField(max_length=10, blank=True, default="")
    signed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    silent = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=12, blank=True, default="")
    said_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [*dated_constraints("payments_asking", ASKING, carries_promise=False)]
        indexes = [
            models.Index(
                fields=["channel", "promised_at"],
                name="asking_of_channel",
                condition=Q(state="asking"),
            ),
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
    """Money that goes back, by the way it came; its id is its number for ever.

    Number, receipt, amount and currency never change, so that every try asks for the same: a
    trigger refuses it. ``next_at`` is when the machine turns to it next, NULL where only a person
    can go on; ``claimed_until`` while a worker is at it, under the number ``fence``. ``said`` is
    the channel's last word, ``detail`` what keeps it from being done. ``cause`` tells apart what
    a person gave back of one receipt for the same reason. ``from_earnings``: the goods had been
    delivered, and the shop gives of what it earned.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", null=True)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=30)
    cause = models.CharField(max_length=40, blank=True, default="", db_default="")
    from_earnings = models.BooleanField(default=False, db_default=False)
    reference = models.CharField(max_length=80, blank=True, default="")
    owed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0, db_default=0)
    sends = models.PositiveSmallIntegerField(default=0, db_default=0)
    asks = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True)
    cut_off_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=12, blank=True, default="", db_default="")
    detail = models.CharField(max_length=200, blank=True, default="", db_default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("payments_refund", REFUND),
            models.UniqueConstraint(
                fields=["receipt", "reason", "cause"], name="one_refund_a_reason_and_cause"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_of_something"),
        ]
        indexes = [
            models.Index(
                fields=["promised_at"], name="refund_open_by_date", condition=~Q(state="confirmed")
            ),
            models.Index(
                fields=["next_at"], name="refund_to_work_on", condition=Q(next_at__isnull=False)
            ),
            models.Index(fields=["shop", "-owed_at", "-id"], name="refund_of_shop_newest"),
        ]


class RefundEvent(ShopOwned):
    """What was sent, asked, answered or decided about a refund, as it was.

    ``answer`` is the beginning of what the channel wrote, masked.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    fence = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    word = models.CharField(max_length=12, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "fence", "kind"], name="one_refund_event_of_a_kind_a_turn"
            ),
        ]


class Returned(ShopOwned):
    """How much of a receipt goes or went back: kept by the database, and never more than came."""

    receipt = models.OneToOneField(
        Receipt, on_delete=models.PROTECT, primary_key=True, related_name="returned"
    )
    came_fen = models.BigIntegerField()
    back_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(back_fen__gt=0, back_fen__lte=models.F("came_fen")),
                name="no_more_back_than_came",
            ),
        ]
