from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.trade.payments.models import (
    Asking,
    Channel,
    Notice,
    Payment,
    Receipt,
    Refund,
    RefundEvent,
    Returned,
)


@admin.register(Channel)
class ChannelAdmin(ShownOnly):
    list_display = ["title", "code", "adapter", "enabled", "rank"]


@admin.register(Payment)
class PaymentAdmin(ShownOnly):
    list_display = ["started_at", "id", "order", "channel", "amount_fen", "currency"]
    list_select_related = ["order", "channel"]
    search_fields = ["=id"]
    ordering = ["-id"]


@admin.register(Asking)
class AskingAdmin(ShownOnly):
    list_display = ["payment", "channel", "state", "said", "asked_at", "promised_at", "owner"]
    list_filter = ["state"]
    list_select_related = ["payment", "channel"]
    ordering = ["-payment"]


@admin.register(Notice)
class NoticeAdmin(ShownOnly):
    list_display = ["received_at", "channel", "verdict", "state", "outcome", "trade_no", "owner"]
    list_filter = ["state"]
    list_select_related = ["channel"]
    search_fields = ["=trade_no", "=out_number"]
    ordering = ["-id"]


@admin.register(Receipt)
class ReceiptAdmin(ShownOnly):
    list_display = ["at", "channel", "trade_no", "amount_fen", "currency", "verdict"]
    list_select_related = ["channel"]
    search_fields = ["=trade_no"]
    ordering = ["-at"]


@admin.register(Refund)
class RefundAdmin(ShownOnly):
    list_display = ["owed_at", "id", "order", "amount_fen", "reason", "state", "promised_at"]
    list_filter = ["state"]
    list_select_related = ["order"]
    ordering = ["-id"]


@admin.register(RefundEvent)
class RefundEventAdmin(ShownOnly):
    list_display = ["at", "refund", "fence", "kind", "word", "detail", "actor"]
    list_filter = ["kind"]
    list_select_related = ["refund"]
    ordering = ["-id"]


@admin.register(Returned)
class ReturnedAdmin(ShownOnly):
    list_display = ["receipt", "came_fen", "back_fen"]
    list_select_related = ["receipt"]
    ordering = ["-receipt"]
