from django.contrib import admin

from daoda.delivery.fulfilment.models import DeliveredCode, Delivery
from daoda.records.shops.admin import ShownOnly


@admin.register(Delivery)
class DeliveryAdmin(ShownOnly):
    list_display = ["at", "order_id", "quantity", "how", "actor"]
    search_fields = ["=order_id"]
    ordering = ["-order_id"]


@admin.register(DeliveredCode)
class DeliveredCodeAdmin(ShownOnly):
    list_display = ["code_id", "order_id", "position"]
    search_fields = ["=order_id"]
    ordering = ["-code_id"]
