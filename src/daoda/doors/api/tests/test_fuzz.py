"""The description is true: whatever a program sends, it gets what the description says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from daoda.doors.api import keys
from daoda.doors.api.tests.world import opened, stocked, token
from daoda.doors.api.urls import api

MANY = 1_000_000
# In one process nobody unpacks what a server would send packed.
HEADERS = {"Accept-Encoding": "identity"}

schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = get_wsgi_application()


@pytest.fixture
def stocked_shop(world_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A shop with codes on its shelf, and a key that may do everything as often as it likes."""
    monkeypatch.setattr(keys, "REQUESTS", MANY)
    monkeypatch.setattr(keys, "BAD_KEYS", MANY)
    for shop in opened("lamp"):
        stocked(shop, codes=5)
        monkeypatch.setitem(HEADERS, "Authorization", f"Bearer {token(shop)}")
        yield


@schema.parametrize()
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: Any, stocked_shop: None) -> None:
    # What a product asks of its buyer, the product knows and the description does not.
    case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])
