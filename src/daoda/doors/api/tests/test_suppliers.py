"""Suppliers and offers for programs: read without any secret, offers set safely twice."""

from __future__ import annotations

from typing import Any

import pytest

from daoda.doors.api.tests.world import BOSS, Program, token
from daoda.kit import clock, ids
from daoda.records.accounts.roles import Scope
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.models import Supplier

SECRET = "s" * 32


@pytest.fixture
def site(lamp: Shop) -> Supplier:
    config = {"gateway": "https://b.example", "api_key": "ak", "api_secret": SECRET}
    return suppliers.create(
        shop_id=lamp.pk, code="b", name="B", speech=suppliers.Speech("dujiao_next", config),
        terms=suppliers.Terms(), actor=BOSS, now=clock.now(),
    )  # fmt: skip


def put(program: Program, site: Supplier, variant: Variant, **more: Any) -> Any:
    body = {"goods": "101", "unit_cost": "9.8765", **more}
    path = f"/suppliers/{site.pk.hex}/offers/{variant.pk.hex}"
    return program.put(path, body)


def test_suppliers_are_read_without_how_they_are_spoken_to(till: Program, site: Supplier) -> None:
    answer = till.get("/suppliers")
    (item,) = answer.json()["items"]
    assert (item["name"], item["state"], item["balance_fen"]) == ("B", "working", None)
    assert SECRET not in answer.content.decode()
    assert "gateway" not in item


def test_an_offer_is_set_and_set_again(till: Program, site: Supplier, card: Variant) -> None:
    first = put(till, site, card)
    assert first.status_code == 200, first.content
    assert first.json()["unit_cost"] == "9.8765"
    assert put(till, site, card).json() == first.json()
    assert put(till, site, card, unit_cost="9.5", rank=2).json()["rank"] == 2
    kinds = list(Fact.everywhere.filter(kind__startswith="offer.").values_list("kind", flat=True))
    assert sorted(kinds) == ["offer.changed", "offer.created"]
    (item,) = till.get(f"/suppliers/{site.pk.hex}/offers").json()["items"]
    assert item["unit_cost"] == "9.5000"


def test_what_is_not_possible_is_refused(till: Program, site: Supplier, card: Variant) -> None:
    for more in ({"unit_cost": "0"}, {"unit_cost": "1.23456"}, {"guard_percent": 101}):
        assert put(till, site, card, **more).status_code == 422, more
    stranger = Variant(pk=ids.uuid7(clock.now()))
    assert put(till, site, stranger).status_code == 404
    assert put(till, Supplier(pk=stranger.pk), card).status_code == 404


def test_each_needs_its_scope(lamp: Shop, site: Supplier, card: Variant) -> None:
    reader = Program(lamp, token(lamp, Scope.SUPPLIERS_READ))
    assert reader.get("/suppliers").status_code == 200
    assert put(reader, site, card).status_code == 403
    assert Program(lamp, token(lamp, Scope.STOCK_READ)).get("/suppliers").status_code == 403
