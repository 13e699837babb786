"""Django's admin with our site; it stands in the settings in place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class RecordsConfig(AdminConfig):
    default_site = "daoda.doors.web.staff.admin.RecordsSite"
