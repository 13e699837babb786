from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.trade.orders.models import Order


@admin.register(Order)
class OrderAdmin(ShownOnly):
    list_display = ["number", "placed_at", "state", "owner", "promised_at", "amount_fen"]
    list_filter = ["state"]
    search_fields = ["=number"]
    ordering = ["-placed_at"]
