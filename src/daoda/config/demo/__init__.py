"""The demo shop: ten products of every kind, 2,000 codes, staff of every role, a channel.

Everything is made by the verbs an operator uses, so the demo is also a check of them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from daoda.care.compensation import actions as compensation
from daoda.config.demo.goods import CATEGORIES, COUPON, GOODS, SUPPLIED, Good
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.roles import Role
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Category, Product, Variant
from daoda.trade.payments import actions as payments
from daoda.trade.stock import actions as stock
from daoda.trade.suppliers import actions as suppliers

ACTOR = "machine:demo"
SANDBOX_KEYS = "sandbox.json"
SUPPLIER_KEYS = "supplier.json"
# What a late order's buyer is given without asking: tried at once, money back after half a day.
LATE = compensation.Terms(
    code="late",
    title="延误补偿",
    steps=[
        {"do": "reissue", "after_min": 0},
        {"do": "other_supplier", "after_min": 0},
        {
            "do": "goodwill", "after_min": 30, "percent": 5, "least_fen": 100, "most_fen": 1000,
            "spent_fen": 0,
        },
        {"do": "refund", "after_min": 720},
    ],
    approve_above_fen=50_000,
    cap_order_fen=1_000,
    cap_buyer_day_fen=3_000,
    cap_shop_day_fen=100_000,
)  # fmt: skip
Say = Callable[[str], None]


def create(*, now: datetime, say: Say) -> bool:
    """Open the demo shop and print its one-time passwords; False when there is a shop already."""
    if Shop.objects.exists():
        return False
    say("Opening the demo shop ...")
    # All or nothing: half a demo would keep the other half, and its passwords, from being made.
    with transaction.atomic():
        _open(now, say)
    return True


def _open(now: datetime, say: Say) -> None:
    shop = shops.create(slug="daoda", name="到达卡铺", hosts=[], now=now)
    Shop.objects.filter(pk=shop.pk).update(
        tagline="付款即到，几时到先说清楚",
        footer="演示店铺：不收真钱，不发真卡。",
        filing_number="演示备000000号",
    )
    with scope(shop.pk):
        codes = _fill_shelves(shop, now)
        say(f"  {len(GOODS)} products, {codes:,} codes")
        _open_channel(shop, now)
        _meet_supplier(shop, now)
        compensation.publish_policy(shop_id=shop.pk, terms=LATE, actor=ACTOR, now=now)
        _invite_staff(shop, now, say)


def sandbox_keys_path() -> Path:
    """Where the demo and the simulated channel find the key they share."""
    return settings.DAODA.data / SANDBOX_KEYS


def _fill_shelves(shop: Shop, now: datetime) -> int:
    shelves: dict[str, Category] = {}
    for rank, (slug, title) in enumerate(CATEGORIES):
        shelves[slug] = catalog.create_category(
            shop_id=shop.pk, slug=slug, title=title, rank=rank, actor=ACTOR, now=now
        )
    for rank, good in enumerate(GOODS):
        _sell(shop, good, shelves[good.category], rank, now)
    catalog.create_coupon(shop_id=shop.pk, actor=ACTOR, now=now, **COUPON)
    while stock.work_on_import(now=now):
        pass
    return sum(variant.codes for good in GOODS for variant in good.variants)


def _sell(shop: Shop, good: Good, shelf: Category, rank: int, now: datetime) -> None:
    product = catalog.create_product(
        shop_id=shop.pk,
        kind=good.kind,
        slug=good.slug,
        title=good.title,
        actor=ACTOR,
        now=now,
        details={**good.details, "category_id": shelf.pk, "rank": rank},
    )
    for position, wanted in enumerate(good.variants):
        variant = catalog.create_variant(
            product_id=product.pk,
            title=wanted.title,
            price_fen=wanted.price_fen,
            list_price_fen=wanted.list_price_fen,
            rank=position,
            actor=ACTOR,
            now=now,
        )
        if wanted.steps:
            catalog.set_steps(variant_id=variant.pk, steps=wanted.steps, actor=ACTOR, now=now)
        if wanted.codes:
            lines = [_code(good.prefix) for _ in range(wanted.codes)]
            stock.begin_import(
                shop_id=shop.pk,
                variant_id=variant.pk,
                content="\n".join(lines).encode(),
                layout=stock.Layout(),
                mode="all_or_nothing",
                source="demo",
                actor=ACTOR,
                now=now,
            )
    _date(product, good, now)
    catalog.publish_product(product_id=product.pk, actor=ACTOR, now=now)


def _date(product: Product, good: Good, now: datetime) -> None:
    if good.dated is not None:
        node, seconds, windows = good.dated
        catalog.publish_date_rule(
            product_id=product.pk, node=node, seconds=seconds, windows=windows, actor=ACTOR, now=now
        )


def _code(prefix: str) -> str:
    parts = [secrets.token_hex(2).upper() for _ in range(4)]
    return "-".join([prefix, *parts])


def _open_channel(shop: Shop, now: datetime) -> None:
    """The simulated channel reads the same file at its start, and writes its address into it."""
    path = sandbox_keys_path()
    if path.exists():
        config = json.loads(path.read_text(encoding="utf-8"))["channel"]
    else:
        config = {
            "merchant": "daoda-demo",
            "key": secrets.token_hex(24),
            "gateway": f"http://127.0.0.1:{settings.DAODA.port + 10}",
        }
        path.write_text(json.dumps({"channel": config}), encoding="utf-8")
        path.chmod(0o600)
    payments.configure(
        shop_id=shop.pk,
        code="sandbox",
        adapter="sandbox",
        title="沙箱支付",
        config={name: config[name] for name in ("merchant", "key", "gateway")},
        actor=ACTOR,
        now=now,
    )


def _meet_supplier(shop: Shop, now: datetime) -> None:
    """The played supplier reads the same file at its start, as the channel does."""
    path = settings.DAODA.data / SUPPLIER_KEYS
    if path.exists():
        config = json.loads(path.read_text(encoding="utf-8"))["supplier"]
    else:
        config = {
            "api_key": secrets.token_hex(8),
            "api_secret": secrets.token_hex(24),
            "gateway": f"http://127.0.0.1:{settings.DAODA.port + 11}",
        }
        path.write_text(json.dumps({"supplier": config}), encoding="utf-8")
        path.chmod(0o600)
    supplier = suppliers.create(
        shop_id=shop.pk,
        code="played",
        name="演示供货商",
        speech=suppliers.Speech("dujiao_next", config),
        terms=suppliers.Terms(promise_s=60),
        actor=ACTOR,
        now=now,
    )
    variants = Variant.objects.filter(product__slug__in=SUPPLIED).select_related("product")
    for variant in variants:
        goods, percent = SUPPLIED[variant.product.slug]
        ask = suppliers.OfferAsk(goods, variant.price_fen * percent, guard_percent=1)
        suppliers.put_offer(
            supplier_id=supplier.pk, variant_id=variant.pk, ask=ask, actor=ACTOR, now=now
        )


def _invite_staff(shop: Shop, now: datetime, say: Say) -> None:
    say("  staff, each with a one-time password (shown once, changed at the first login):")
    for role in Role:
        invited = accounts.invite(
            shop_id=shop.pk, login=role.value, name=role.value, role=role, actor=ACTOR, now=now
        )
        say(f"    {role.value:<20} {invited.one_time_password}")
