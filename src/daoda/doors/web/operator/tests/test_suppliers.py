"""Suppliers on the desk: set up, tried, paused, given offers; no page shows a secret."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from daoda.doors.web.operator.tests.test_doors import an_offer
from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.kit import http
from daoda.trade.suppliers.models import Offer, Supplier

SECRET = "s" * 32
TERMS = {
    "name": "卡易信", "promise_min": "5", "concurrency": "8", "calls_per_minute": "120",
    "unknown_percent": "20", "failure_percent": "50", "cut_off_hours": "12",
    "cut_off_policy": "elsewhere", "risk_limit_fen": "500", "warn_below_fen": "100.50",
}  # fmt: skip
SETTINGS = {
    "setting_gateway": "https://b.example", "setting_app_id": "1", "setting_secret": SECRET,
}  # fmt: skip


@pytest.fixture
def offer(world: World) -> Offer:
    return an_offer(world)


def row() -> Supplier:
    found: Supplier = Supplier.everywhere.get()
    return found


def test_a_supplier_is_set_up_by_a_shipped_recipe(operator: Client, world: World) -> None:
    href = at("new_supplier", "kayixin")
    assert operator.get(href).status_code == 200
    assert operator.post(href, {**TERMS, **SETTINGS}).status_code == 302
    made = row()
    assert (made.adapter, made.recipe["title"], made.code) == ("recipe", "卡易信 v3", "kayixin")
    assert (made.risk_limit_fen, made.warn_below_fen) == (50_000, 10_050)
    assert (made.promise_s, made.cut_off_s) == (300, 43_200)
    assert facts(made.pk) == ["supplier.created"]
    assert operator.get(at("new_supplier", "paypal")).status_code == 404


def test_what_an_adapter_refuses_is_said_beside_its_setting(operator: Client, world: World) -> None:
    for name, value in (
        ("setting_gateway", "http://b.example"), ("setting_app_id", ""), ("concurrency", "0"),
        ("risk_limit_fen", "much"),
    ):  # fmt: skip
        answer = operator.post(at("new_supplier", "kayixin"), {**TERMS, **SETTINGS, name: value})
        assert answer.status_code == 422, name
        page = answer.content.decode()
        assert f'id="id_{name}_error"' in page, name
        assert SECRET not in page
    assert not Supplier.everywhere.exists()


def test_no_page_shows_a_secret_and_one_left_empty_stays(operator: Client, offer: Offer) -> None:
    pk = offer.supplier_id
    for name in ("supplier", "supplier_settings", "supplier_trial", "supplier_recipe"):
        assert SECRET not in operator.get(at(name, pk)).content.decode(), name
    typed = {**TERMS, **SETTINGS, "setting_secret": ""}
    assert operator.post(at("supplier_settings", pk), typed).status_code == 302
    assert row().concurrency == 8
    trial = operator.get(at("supplier_trial", pk)).content.decode()
    assert "https://b.example/api/v3/order/create" in trial
    assert "X-Signature: ***" in trial


def test_it_is_paused_until_a_date_and_bought_from_again(operator: Client, offer: Offer) -> None:
    pk = offer.supplier_id
    assert operator.post(at("supplier_pause", pk), {"hours": "3"}).status_code == 422
    asked = {"hours": "3", "reason": "prices rose"}
    assert operator.post(at("supplier_pause", pk), asked).status_code == 302
    assert (row().state, row().reason) == ("paused", "prices rose")
    page = operator.get(at("suppliers")).content.decode()
    assert "prices rose" in page
    assert operator.post(at("supplier_resumption", pk), {"reason": "back"}).status_code == 302
    assert row().state == "working"
    assert facts(pk)[1:] == ["supplier.paused", "supplier.resumed"]


def test_maintenance_is_written_as_lines(operator: Client, offer: Offer) -> None:
    pk, href = offer.supplier_id, at("supplier_windows", offer.supplier_id)
    assert operator.post(href, {"windows": "1-5 01:00-05:00\n6,7 00:00-24:00"}).status_code == 302
    assert [window["days"] for window in row().windows] == [[0, 1, 2, 3, 4], [5, 6]]
    assert "01:00–05:00" in operator.get(at("supplier", pk)).content.decode()
    for wrong in ("8 01:00-02:00", "1-7 05:00-01:00", "daily", "1-7 00:00-24:00", "1 1-"):
        assert operator.post(href, {"windows": wrong}).status_code == 422, wrong


def test_a_recipe_is_checked_without_being_kept(operator: Client, offer: Offer) -> None:
    pk, href = offer.supplier_id, at("supplier_recipe", offer.supplier_id)
    document = row().recipe
    document["create"]["call"]["path"] = "/api/v4/order/create"
    answer = operator.post(href, {"recipe": json.dumps(document), "check": ""})
    assert "https://b.example/api/v4/order/create" in answer.content.decode()
    assert row().recipe["create"]["call"]["path"] == "/api/v3/order/create"
    assert operator.post(href, {"recipe": json.dumps(document), "keep": ""}).status_code == 302
    assert row().recipe["create"]["call"]["path"] == "/api/v4/order/create"
    assert facts(pk)[-1] == "supplier.changed"
    for wrong in (
        "no json", "[]", json.dumps(document | {"eval": "1"}),
        json.dumps(document | {"settings": [{"name": "other", "secret": True}]}),
    ):  # fmt: skip
        assert operator.post(href, {"recipe": wrong, "keep": ""}).status_code == 422, wrong
    assert operator.post(at("shipped_recipe", pk)).status_code == 302
    assert row().recipe["create"]["call"]["path"] == "/api/v3/order/create"


def test_a_trial_really_asks_for_the_balance(
    operator: Client, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_call: http.Call, **_: object) -> http.Answer:
        return http.Answer(200, {}, b'{"code": 1000, "msg": "ok", "data": {"balance": 363.52}}')

    monkeypatch.setattr(http, "send", answer)
    href = at("supplier_trial", offer.supplier_id)
    assert "as the supplier says" in operator.post(href, {"ask": "balance"}).content.decode()
    assert row().balance_fen == 36_352
    page = operator.post(href, {"ask": "query", "number": "a" * 32}).content.decode()
    assert "unknown: no rule of the recipe fits" in page
    assert "0-9a-f" in operator.post(href, {"ask": "query", "number": "x"}).content.decode()


def test_an_offer_is_made_and_changed(operator: Client, world: World, offer: Offer) -> None:
    typed = {
        "variant": str(world.plan.pk), "goods": "201068", "unit_cost": "9.8765",
        "guard_percent": "2", "rank": "0", "shelf_per_day": "0", "enabled": "on",
        "field_map": "account = recharge_account\n",
    }  # fmt: skip
    href = at("new_offer", offer.supplier_id)
    assert operator.post(href, typed).status_code == 302
    made = Offer.everywhere.get(variant=world.plan)
    assert (made.unit_cost_hao, made.field_map) == (98_765, {"account": "recharge_account"})
    assert facts(made.pk) == ["offer.created"]
    assert operator.post(href, typed).status_code == 422  # one offer of a variant
    change = at("offer_terms", made.pk)
    assert "9.8765" in operator.get(change).content.decode()
    assert operator.post(change, typed).status_code == 302
    assert facts(made.pk) == ["offer.created"]  # nothing changed, nothing told
    for more in ({"unit_cost": "0"}, {"unit_cost": "1.23456"}, {"field_map": "x"}, {"goods": ""}):
        assert operator.post(change, {**typed, **more}).status_code == 422, more
