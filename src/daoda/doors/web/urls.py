"""The addresses of the pages for people, and the small files they need."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from daoda.doors.web import assets

urlpatterns: list[URLPattern | URLResolver] = [
    path("theme/<slug:accent>.css", assets.theme, name="theme"),
    path("files/<path:name>", assets.picture, name="picture"),
    path("account/", include("daoda.doors.web.account.urls")),
    path("", include("daoda.doors.web.buyer.urls")),
]
