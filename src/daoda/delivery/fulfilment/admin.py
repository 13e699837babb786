from django.contrib import admin

from daoda.delivery.fulfilment.models import (
    Attempt,
    AttemptEvent,
    DeliveredCode,
    Delivery,
    SupplierNotice,
)
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


@admin.register(Attempt)
class AttemptAdmin(ShownOnly):
    list_display = ["planned_at", "order_id", "supplier_id", "state", "reason", "promised_at"]
    search_fields = ["=order__id", "=id", "=reference"]
    ordering = ["-id"]


@admin.register(AttemptEvent)
class AttemptEventAdmin(ShownOnly):
    list_display = ["at", "attempt_id", "kind", "status", "stands", "detail"]
    search_fields = ["=attempt_id"]
    ordering = ["-id"]


@admin.register(SupplierNotice)
class SupplierNoticeAdmin(ShownOnly):
    list_display = ["received_at", "supplier_id", "verdict", "state", "number", "outcome"]
    search_fields = ["=number", "=reference"]
    ordering = ["-id"]
    exclude = ["sealed"]
