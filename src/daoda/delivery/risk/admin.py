from django.contrib import admin

from daoda.delivery.risk.models import Finding, Rule
from daoda.records.shops.admin import ShownOnly


@admin.register(Rule)
class RuleAdmin(ShownOnly):
    list_display = ["code", "version", "title", "active_from", "ended_at", "made_by"]
    search_fields = ["=code"]
    ordering = ["code", "-version"]


@admin.register(Finding)
class FindingAdmin(ShownOnly):
    list_display = ["at", "order_id", "rule_id"]
    search_fields = ["=order_id"]
    ordering = ["-order_id"]
