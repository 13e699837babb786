"""Every supplier we speak to, with keys of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.adapters.base import Purchase, SupplierAdapter

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER = "0193500000007000800000000000beef"
SECRET = "vectors-only-secret-of-32-bytes!"
# How the vectors call a supplier, and its adapter and recipe here.
NAMES = {
    "dujiao-next": ("dujiao_next", ""),
    "kasushou": ("kasushou", ""),
    **{name: ("recipe", name) for name in registry.shipped()},
}
# In the vectors, and neither shipped nor in code; said in docs/operating/suppliers.md.
NOT_SPOKEN = {"sz-phone-topup", "yile"}
CONFIG: Mapping[str, Mapping[str, str]] = {
    "dujiao-next": {"api_key": "ak", "api_secret": SECRET},
    "kasushou": {"user_id": "10001", "key": SECRET},
    "kayixin": {"app_id": "10020", "secret": SECRET},
    "kakayun": {"userid": "10052", "key": SECRET},
    "xingquanyi": {"customer_id": "10939", "key": SECRET},
    "fulu": {"app_key": "demo-app-key", "secret": SECRET},
    "julangyun": {"user_code": "U10001", "token": SECRET},
    "xinghai": {"app_id": "vectorAppId", "app_secret": SECRET},
    "lsxd": {"merchant_id": "23329", "key": SECRET},
    "youkayun": {"userid": "10001", "key": SECRET},
}


def an_adapter(name: str, **config: str) -> SupplierAdapter:
    code, recipe = NAMES[name]
    return registry.adapter(
        code,
        {"gateway": "https://b.example", **CONFIG[name], **config},
        recipe=registry.shipped().get(recipe),
    )


@cache
def everybody() -> dict[str, SupplierAdapter]:
    return {name: an_adapter(name) for name in NAMES}


def purchase(number: str = NUMBER, **changes: object) -> Purchase:
    values: dict[str, object] = {
        "number": number, "goods": "101", "quantity": 1, "cost_max_fen": 512, "currency": "CNY",
        "notify_url": "https://shop.example/inbound/suppliers/1", "reference": "101",
        "fields": {"account": "13800000000"}, "kind": "topup",
    }  # fmt: skip
    return Purchase(**(values | changes))  # type: ignore[arg-type]
