from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.trade.stock.models import Code, Import, Level, Quarantine


@admin.register(Level)
class LevelAdmin(ShownOnly):
    list_display = ["variant", "available", "owed", "low_threshold", "low_told"]
    list_select_related = ["variant"]


@admin.register(Code)
class CodeAdmin(ShownOnly):
    list_display = ["id", "variant", "place", "expires_on", "order_id", "revealed_at"]
    list_filter = ["place"]
    list_select_related = ["variant"]


@admin.register(Import)
class ImportAdmin(ShownOnly):
    list_display = ["received_at", "variant", "source", "state", "owner", "promised_at", "imported"]
    list_filter = ["state", "mode"]
    list_select_related = ["variant"]


@admin.register(Quarantine)
class QuarantineAdmin(ShownOnly):
    list_display = ["opened_at", "code", "reason", "state", "owner", "promised_at"]
    list_filter = ["state"]
    list_select_related = ["code"]
