"""The addresses of a buyer's own account, under ``/account/``."""

from __future__ import annotations

from django.urls import path

from daoda.doors.web.account.views import entrance, mine, settings

app_name = "account"
urlpatterns = [
    path("", mine.mine, name="mine"),
    path("orders", mine.keeping, name="keeping"),
    path("registration", entrance.registration, name="registration"),
    path("sign-in", entrance.sign_in, name="sign_in"),
    path("sign-out", entrance.sign_out, name="sign_out"),
    path("password", settings.password, name="password"),
    path("deletion", settings.deletion, name="deletion"),
]
