from django.contrib import admin

from daoda.records.persons.models import Person
from daoda.records.shops.admin import ShownOnly


@admin.register(Person)
class PersonAdmin(ShownOnly):
    list_display = ["id", "created_at", "erased_at"]
    ordering = ["-id"]
