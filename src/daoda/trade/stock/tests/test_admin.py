"""The admin pages of the shelf."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import RequestFactory

from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Role
from daoda.records.shops.models import scope
from daoda.trade.stock.models import Code, Import, Level, Quarantine


@pytest.mark.parametrize("model", [Code, Import, Level, Quarantine])
def test_no_sealed_column_is_shown(model: type[Code | Import | Level | Quarantine]) -> None:
    request = RequestFactory().get("/admin/")
    request.user = Staff(role=Role.OPERATOR.value, is_active=True)
    with scope(uuid4()):
        shown = set(admin.site._registry[model].get_fields(request))
    assert shown
    assert not shown & {"ciphertext", "fingerprint", "request_fingerprint", "content"}
