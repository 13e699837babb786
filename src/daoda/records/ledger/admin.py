from django.contrib import admin

from daoda.records.ledger.models import Account, Rolled, Transfer
from daoda.records.shops.admin import ShownOnly


@admin.register(Account)
class AccountAdmin(ShownOnly):
    list_display = ["kind", "of", "currency"]


@admin.register(Transfer)
class TransferAdmin(ShownOnly):
    list_display = ["at", "debit", "credit", "amount_fen", "currency", "kind", "subject_id"]
    list_select_related = ["debit", "credit"]
    search_fields = ["=subject_id"]
    ordering = ["-id"]


@admin.register(Rolled)
class RolledAdmin(ShownOnly):
    list_display = ["account", "debit_fen", "credit_fen"]
    list_select_related = ["account"]
