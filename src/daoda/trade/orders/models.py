"""The table of orders."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.persons.models import Person
from daoda.records.promises.models import Dated, dated_constraints
from daoda.trade.catalog.models import Coupon, Product, Variant
from daoda.trade.orders.states import ORDER


class Order(Dated):
    """One variant, a quantity, a locked price; delivered whole or not at all.

    Contact and typed fields are the person's and sealed with her key (``persons``). ``told`` is
    what the product said when the order was placed: titles and usage. ``via`` stock is delivered
    from the shelf, ``via`` supplier is bought for it, ``via`` hand by ``hands`` (an owner).
    ``attempt_id`` is the purchase from a supplier that is open for it, without a foreign key:
    purchases stand on a floor above. ``reserved`` says that the shelf keeps
    ``quantity`` codes for it. ``buyer_id`` names the buyer's account it is in, without a foreign
    key: accounts stand beside orders, and go when their owner wants it.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    number = models.CharField(max_length=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer_id = models.UUIDField(null=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    kind = models.CharField(max_length=12)
    via = models.CharField(max_length=8)
    attempt_id = models.UUIDField(null=True)
    hands = models.CharField(max_length=60, blank=True, default="")
    quantity = models.PositiveIntegerField()
    unit_price_fen = models.BigIntegerField()
    discount_fen = models.BigIntegerField(default=0)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    told = models.JSONField(default=dict)
    reserved = models.BooleanField(default=False)
    password_hash = models.BinaryField()
    source = models.CharField(max_length=60)
    client_key = models.CharField(max_length=80, null=True)
    hold_reason = models.CharField(max_length=60, blank=True, default="")
    slips = models.PositiveSmallIntegerField(default=0)
    placed_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("orders_order", ORDER),
            models.UniqueConstraint(fields=["shop", "number"], name="one_order_of_a_number"),
            models.UniqueConstraint(
                fields=["shop", "source", "client_key"], name="one_order_of_a_client_key"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, amount_fen__gt=0), name="order_is_for_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["paid_at", "id"], name="order_to_stock", condition=Q(state="paid")
            ),
            models.Index(
                fields=["paid_at", "id"], name="order_to_screen", condition=Q(state="screening")
            ),
            models.Index(
                fields=["paid_at", "id"],
                name="order_to_source",
                condition=Q(state="sourcing", attempt_id__isnull=True),
            ),
            models.Index(
                fields=["variant", "quantity", "paid_at", "id"],
                name="order_short_by_quantity",
                condition=Q(state="short"),
            ),
            models.Index(
                fields=["promised_at"],
                name="order_by_date",
                condition=~Q(state__in=sorted(ORDER.closed)),
            ),
            models.Index(
                fields=["shop", "node", "promised_at"],
                name="order_at_node",
                condition=~Q(state__in=sorted(ORDER.closed)),
            ),
            models.Index(fields=["shop", "-placed_at"], name="order_of_shop_newest"),
            models.Index(fields=["person", "-placed_at"], name="order_of_person_newest"),
            # Most orders are anonymous and not in it.
            models.Index(
                fields=["shop", "buyer_id", "-placed_at", "-id"],
                name="order_of_buyer_newest",
                condition=Q(buyer_id__isnull=False),
            ),
        ]
