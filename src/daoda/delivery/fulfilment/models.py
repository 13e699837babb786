"""Deliveries, and the attempts to buy what is delivered.

History is partitioned by month through its key.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.delivery.fulfilment.states import ASKABLE, ASKED, ATTEMPT, NOTICE
from daoda.kit import ids
from daoda.records.promises.models import Dated, dated_constraints
from daoda.records.shops.models import ShopOwned
from daoda.trade.catalog.models import Variant
from daoda.trade.orders.models import Order
from daoda.trade.suppliers.models import Offer, Supplier


class Delivery(ShopOwned):
    """One order has been delivered; the primary key lets that happen once."""

    insert_only = True

    order_id = models.UUIDField(primary_key=True)
    quantity = models.PositiveIntegerField()
    how = models.CharField(max_length=12)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()


class DeliveredCode(ShopOwned):
    """One code went to one order; the primary key keeps it from going to another."""

    insert_only = True

    code_id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    position = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["order_id", "position"], name="delivered_code_of_order")]


class Attempt(Dated):
    """One purchase from one supplier. Its id, as 32 hex characters, is our number there.

    ``order`` is whom it is for; without one it is for the shelf. ``fence`` counts the calls made:
    an answer to an older one may have been overtaken. ``next_at`` is when a machine does the next
    thing with it (send, ask, take its lease as lapsed), None when there is nothing to do but wait.
    ``cut_off_at`` is the last date of not knowing. ``asked`` counts queries, ``sends`` creates.
    ``answer`` is the newest word that was understood; ``reason`` why it stands as it does;
    ``borne_by`` the ledger account that holds the money of one cut off. Nobody outside was given
    the date of an attempt: a promise is made when a person has to act.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts", null=True)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+", db_index=False)
    goods = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    needs_cards = models.BooleanField()
    currency = models.CharField(max_length=3)
    cost_fen = models.BigIntegerField()
    cost_max_fen = models.BigIntegerField()
    reference = models.CharField(max_length=80, blank=True, default="")
    answer = models.CharField(max_length=12, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=12, blank=True, default="")
    borne_by = models.CharField(max_length=30, blank=True, default="")
    fence = models.PositiveIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    cut_off_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("fulfilment_attempt", ATTEMPT, carries_promise=False),
            models.UniqueConstraint(
                fields=["order"],
                name="one_open_attempt_of_an_order",
                condition=Q(state__in=["planned", *sorted(ASKED)]),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, cost_fen__gt=0, cost_max_fen__gt=0),
                name="attempt_is_for_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "failed"])
                | Q(sent_at__isnull=False, fence__gt=0, cut_off_at__isnull=False),
                name="fulfilment_attempt_was_sent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["cut_off", "written_off"], borne_by__gt="")
                | ~Q(state__in=["cut_off", "written_off"]),
                name="attempt_cut_off_is_booked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["supplier", "next_at"],
                name="attempt_to_send",
                condition=Q(state="planned"),
            ),
            models.Index(
                fields=["supplier", "next_at"],
                name="attempt_to_ask",
                condition=Q(state__in=sorted(ASKED | ASKABLE), next_at__isnull=False),
            ),
            models.Index(
                fields=["cut_off_at"],
                name="attempt_to_cut_off",
                condition=Q(state__in=["accepted", "processing", "unknown"]),
            ),
            models.Index(
                fields=["promised_at"],
                name="attempt_by_date",
                condition=~Q(state__in=sorted(ATTEMPT.closed)),
            ),
            models.Index(
                fields=["supplier", "cost_fen"],
                name="attempt_claimed_back",
                condition=Q(state="cut_off"),
            ),
            models.Index(
                fields=["supplier", "reference"],
                name="attempt_of_reference",
                condition=~Q(reference=""),
            ),
        ]


class AttemptEvent(ShopOwned):
    """One thing that happened to an attempt, with what was asked and answered, masked.

    ``stands`` is the state it was left in; ``status`` the supplier's word as it was read.
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    attempt_id = models.UUIDField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    stands = models.CharField(max_length=12)
    status = models.CharField(max_length=12, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    fence = models.PositiveIntegerField(default=0)
    actor = models.CharField(max_length=60)
    request = models.TextField(blank=True)
    response = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["attempt_id", "id"], name="event_of_attempt")]


class SupplierNotice(Dated):
    """What a supplier told us unasked: verified at the door, kept once per event.

    ``masked`` is fit to be shown, ``sealed`` is the request as it came. Nobody outside was given
    its date.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    event_key = models.CharField(max_length=160)
    verdict = models.CharField(max_length=12)
    number = models.CharField(max_length=64)
    reference = models.CharField(max_length=80)
    detail = models.CharField(max_length=200, blank=True)
    masked = models.TextField(blank=True)
    key_id = models.CharField(max_length=20)
    sealed = models.BinaryField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        constraints = [
            *dated_constraints("fulfilment_suppliernotice", NOTICE, carries_promise=False),
            models.UniqueConstraint(
                fields=["supplier", "event_key"], name="one_supplier_notice_an_event"
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="supplier_notice_to_hear",
                condition=Q(state="received"),
            ),
        ]
