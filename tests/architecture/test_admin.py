"""The admin shows rows; what changes them is a verb, which also writes fact, date and money."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.admin.sites import all_sites
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Role


def _ours() -> list[ModelAdmin[Any]]:
    return [
        admin
        for site in all_sites
        for model, admin in site._registry.items()
        if model.__module__.startswith("daoda.")
    ]


def test_no_row_of_ours_is_changed_through_the_admin() -> None:
    request = RequestFactory().get("/admin/")
    request.user = Staff(role=Role.OPERATOR.value, is_active=True)
    for admin in _ours():
        label = admin.model._meta.label
        assert not admin.has_add_permission(request), label
        assert not admin.has_change_permission(request), label
        assert not admin.has_delete_permission(request), label
        assert not admin.get_actions(request), label


def test_something_is_shown_where_an_admin_is_mounted() -> None:
    try:
        reverse("admin:index")
    except NoReverseMatch:
        pytest.skip("no admin is mounted")
    assert _ours()
