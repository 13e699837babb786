from django.contrib import admin

from daoda.records.journal.models import Fact
from daoda.records.shops.admin import ShownOnly


@admin.register(Fact)
class FactAdmin(ShownOnly):
    list_display = ["at", "kind", "subject", "subject_id", "actor"]
    search_fields = ["=subject_id"]
    ordering = ["-id"]
