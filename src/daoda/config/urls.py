"""Which address belongs to which door."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("daoda.doors.api.urls")),
    path("staff/", include("daoda.doors.web.staff.urls")),
    path("desk/", include("daoda.doors.web.operator.urls")),
    path("records/", admin.site.urls),
    path("", include("daoda.doors.web.urls")),
]

handler400 = "daoda.doors.web.errors.bad_request"
handler403 = "daoda.doors.web.errors.forbidden"
handler404 = "daoda.doors.web.errors.not_found"
handler500 = "daoda.doors.web.errors.server_error"
