"""Which address belongs to which door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("staff/", include("daoda.doors.web.staff.urls")),
]
