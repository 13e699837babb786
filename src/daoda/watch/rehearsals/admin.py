from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.watch.rehearsals.models import Rehearsal


@admin.register(Rehearsal)
class RehearsalAdmin(ShownOnly):
    list_display = ["asked_at", "name", "state", "owner", "promised_at", "reason"]
    list_filter = ["state"]
