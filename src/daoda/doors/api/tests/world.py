"""The lamp shop as a program meets it: something on the shelf, and keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from daoda.kit import clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.roles import Scope
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.stock import actions as stock

BOSS = "staff:boss"


@pytest.fixture
def lamp(db: None) -> Iterator[Shop]:
    yield from opened("lamp")


@pytest.fixture
def pine(db: None) -> Shop:
    return shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=clock.now())


def opened(slug: str) -> Iterator[Shop]:
    """A new shop, entered as its door enters it."""
    shop = shops.create(slug=slug, name=slug.title(), hosts=[f"{slug}.example"], now=clock.now())
    with scope(shop.pk):
        yield shop


@pytest.fixture
def card(lamp: Shop) -> Variant:
    """A gift card at ¥19.90, five of them in stock."""
    return stocked(lamp, codes=5)


@pytest.fixture
def topup(lamp: Shop) -> Variant:
    """A top-up done by hand; the buyer names an account."""
    fields = [{"name": "uid", "type": "number", "label": {"zh": "角色编号", "en": "Player"}}]
    return on_sale(lamp, "topup", "Top-up", {"fields": fields})


def on_sale(shop: Shop, kind: str, title: str, details: dict[str, Any] | None = None) -> Variant:
    now = clock.now()
    product: Product = catalog.create_product(
        shop_id=shop.pk,
        kind=kind,
        slug=title.lower().replace(" ", "-"),
        title=title,
        actor=BOSS,
        now=now,
        details=details,
    )
    variant = catalog.create_variant(
        product_id=product.pk, title="One", price_fen=1990, actor=BOSS, now=now
    )
    catalog.publish_product(product_id=product.pk, actor=BOSS, now=now)
    return variant


def stocked(shop: Shop, *, codes: int) -> Variant:
    variant = on_sale(shop, "code", "Gift Card")
    content = "\n".join(f"CARD-{uuid.uuid4().hex}" for _ in range(codes)).encode()
    row = stock.begin_import(
        shop_id=shop.pk,
        variant_id=variant.pk,
        content=content,
        layout=stock.Layout(),
        mode="all_or_nothing",
        actor=BOSS,
        now=clock.now(),
    )
    work_on(row.pk)
    return variant


def work_on(import_id: uuid.UUID) -> None:
    """What the worker does until the import has ended."""
    while stock.work_on_import(now=clock.now(), import_id=import_id):
        pass


def token(shop: Shop, *scopes: Scope) -> str:
    """A key with these scopes, with all of them if none is named."""
    return accounts.issue(
        shop_id=shop.pk,
        name="till",
        scopes=scopes or tuple(Scope),
        valid_for=timedelta(days=1),
        actor=BOSS,
        now=clock.now(),
    ).token


class Program:
    """A program that talks to a shop's API with a key."""

    def __init__(self, shop: Shop, key: str | None) -> None:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = Client(headers={**bearer, "Accept-Language": "en"}, HTTP_HOST=shop.hosts[0])

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: Any = None, *, once: str | None = None) -> Any:
        headers = {"Idempotency-Key": once} if once else {}
        return self._client.post(
            f"/api/v1{path}", body, content_type="application/json", headers=headers
        )

    def put(self, path: str, body: Any = None, *, once: str | None = None) -> Any:
        headers = {"Idempotency-Key": once} if once else {}
        return self._client.put(
            f"/api/v1{path}", body, content_type="application/json", headers=headers
        )

    def send_list(self, query: str, content: bytes, *, once: str, kind: str = "text/plain") -> Any:
        return self._client.post(
            f"/api/v1/stock/imports?{query}",
            content,
            content_type=kind,
            headers={"Idempotency-Key": once},
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def till(lamp: Shop) -> Program:
    """A program that may do everything the API offers."""
    return Program(lamp, token(lamp))


def wanted(variant: Variant, **more: Any) -> dict[str, Any]:
    return {
        "variant_id": variant.pk.hex,
        "quantity": 1,
        "contact": "buyer@example.com",
        "password": "query-4711",
        **more,
    }
