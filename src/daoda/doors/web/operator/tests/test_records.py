"""Django's admin for the rest: every table of ours can be looked at, by whoever may."""

from __future__ import annotations

from django.contrib import admin
from django.test import Client
from django.urls import reverse

from daoda.doors.web.operator.tests.world import World
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import Role
from daoda.records.shops.models import Shop

OURS = [
    model for model in admin.site._registry if model.__module__.startswith("daoda.")
]  # fmt: skip
LOOKED_FOR = {
    "orders_order", "payments_notice", "journal_fact", "ledger_transfer", "promises_promise",
    "stock_code", "fulfilment_delivery", "persons_person", "catalog_product",
}  # fmt: skip


def test_what_one_looks_for_is_there() -> None:
    assert {model._meta.db_table for model in OURS} >= LOOKED_FOR


def test_every_list_and_every_row_opens_and_shows_no_sealed_value(
    operator: Client, world: World
) -> None:
    world.buy()
    for model in OURS:
        named = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = operator.get(reverse(f"{named}_changelist"), {"q": "00000000"})
        assert page.status_code == 200, named
        for row in model._base_manager.all()[:2]:
            shown = operator.get(reverse(f"{named}_change", args=[row.pk]))
            assert shown.status_code == 200, named
            for secret in ("CODE-0000", "lilei@example.cn", "k" * 40):
                assert secret not in shown.content.decode(), (named, secret)


def test_money_is_looked_at_by_those_who_may_see_it(lamp: Shop, world: World) -> None:
    href = reverse("admin:ledger_transfer_changelist")
    for role, opens in ((Role.AUDITOR, 200), (Role.OPERATOR, 200), (Role.TECHNICAL, 403)):
        assert walked_in(lamp, role.value, role).get(href).status_code == opens, role
