from django.contrib import admin

from daoda.care.compensation.models import Act, Case, Grant, Policy
from daoda.records.shops.admin import ShownOnly


@admin.register(Policy)
class PolicyAdmin(ShownOnly):
    list_display = ["code", "version", "title", "active_from", "ended_at", "made_by"]
    search_fields = ["=code"]
    ordering = ["code", "-version"]


@admin.register(Case)
class CaseAdmin(ShownOnly):
    list_display = ["opened_at", "order_id", "state", "step", "owner", "promised_at", "outcome"]
    search_fields = ["=order__id"]
    ordering = ["-opened_at"]


@admin.register(Act)
class ActAdmin(ShownOnly):
    list_display = ["at", "order_id", "step", "do", "did", "reason", "amount_fen", "actor"]
    search_fields = ["=order_id"]
    ordering = ["-id"]


@admin.register(Grant)
class GrantAdmin(ShownOnly):
    list_display = ["granted_at", "person_id", "amount_fen", "state", "until"]
    search_fields = ["=person_id"]
    ordering = ["-granted_at"]
