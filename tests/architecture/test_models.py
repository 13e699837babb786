"""Every row belongs to a shop."""

from __future__ import annotations

from django.apps import apps

from daoda.records.shops.models import ShopOwned

# Table without a shop, and why.
NO_SHOP = {
    "shops.Shop": "is the shop",
    "journal.Subscriber": "a reader of the whole journal, not a thing of any shop",
    "ledger.RollUp": "how far one loop has read the transfers of all shops",
    "accounts.Throttle": "counts an address that knocks at several shops",
}
OURS = [model for model in apps.get_models() if model.__module__.startswith("daoda.")]


def test_every_table_belongs_to_a_shop() -> None:
    strangers = {m._meta.label for m in OURS if not issubclass(m, ShopOwned)} - set(NO_SHOP)
    assert not strangers, "inherit ShopOwned, or list the reason in NO_SHOP"


def test_every_exception_still_exists() -> None:
    assert set(NO_SHOP) <= {model._meta.label for model in OURS}


def test_every_table_is_reached_through_the_shop_that_was_entered() -> None:
    for model in OURS:
        if issubclass(model, ShopOwned):
            default = model._default_manager
            assert default.name == "objects", f"{model._meta.label}: reads are not scoped"


def test_money_is_whole_fen_and_time_says_its_zone() -> None:
    for model in OURS:
        for field in model._meta.get_fields():
            kind = getattr(field, "get_internal_type", lambda: "")()
            assert kind != "FloatField", f"{model._meta.label}.{field.name}"
            if field.name.endswith("_fen"):
                assert kind in {"BigIntegerField", "PositiveBigIntegerField"}, (
                    f"{model._meta.label}.{field.name} is {kind}"
                )
