from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.trade.suppliers.models import Lease, Offer, Pace, Supplier, Tally


@admin.register(Supplier)
class SupplierAdmin(ShownOnly):
    list_display = ["name", "code", "adapter", "state", "promised_at", "balance_fen"]


@admin.register(Offer)
class OfferAdmin(ShownOnly):
    list_display = ["supplier", "variant", "goods", "unit_cost_hao", "rank", "enabled"]
    list_select_related = ["supplier", "variant"]


@admin.register(Pace)
class PaceAdmin(ShownOnly):
    list_display = ["supplier", "spent_until"]
    list_select_related = ["supplier"]


@admin.register(Lease)
class LeaseAdmin(ShownOnly):
    list_display = ["supplier", "slots", "until"]
    list_select_related = ["supplier"]


@admin.register(Tally)
class TallyAdmin(ShownOnly):
    list_display = ["supplier", "what", "span", "starts_at", "result", "bucket", "count"]
    list_filter = ["span", "what", "result"]
    list_select_related = ["supplier"]
    ordering = ["-starts_at", "id"]
