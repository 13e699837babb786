from django.contrib import admin

from daoda.records.promises.models import Promise, PromiseEnding, PromiseRule
from daoda.records.shops.admin import ShownOnly


@admin.register(Promise)
class PromiseAdmin(ShownOnly):
    list_display = ["made_at", "subject", "subject_id", "node", "owner", "due_at", "consequence"]
    search_fields = ["=subject_id"]
    ordering = ["-id"]


@admin.register(PromiseEnding)
class PromiseEndingAdmin(ShownOnly):
    list_display = ["at", "promise_id", "how", "reason", "successor"]
    search_fields = ["=promise_id"]
    ordering = ["-promise_id"]


@admin.register(PromiseRule)
class PromiseRuleAdmin(ShownOnly):
    list_display = ["node", "product_id", "version", "seconds", "published_at"]
    list_filter = ["node"]
