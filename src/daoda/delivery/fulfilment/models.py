"""Deliveries: history, partitioned by month through the order's key."""

from __future__ import annotations

from django.db import models

from daoda.records.shops.models import ShopOwned


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
