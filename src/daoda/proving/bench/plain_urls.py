"""The one address of the plain door."""

from __future__ import annotations

from django.urls import path

from daoda.proving.bench.plain import take

urlpatterns = [path("inbound/<str:channel>", take)]
