from django.contrib import admin

from daoda.records.accounts.models import ApiKey, SecondFactor, Staff
from daoda.records.shops.admin import ShownOnly


@admin.register(Staff)
class StaffAdmin(ShownOnly):
    list_display = ["work_number", "name", "login", "role", "is_active", "last_signed_in_at"]
    list_filter = ["role", "is_active"]
    exclude = ["password", "session_stamp"]


@admin.register(SecondFactor)
class SecondFactorAdmin(ShownOnly):
    list_display = ["staff", "begun_at", "enrolled_at"]
    list_select_related = ["staff"]
    exclude = ["last_step"]


@admin.register(ApiKey)
class ApiKeyAdmin(ShownOnly):
    list_display = ["prefix", "name", "issued_by", "issued_at", "expires_at", "revoked_at"]
    list_select_related = ["issued_by"]
