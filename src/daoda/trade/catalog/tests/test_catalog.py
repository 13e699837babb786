"""The verbs of the catalogue on a real database."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from daoda.kit import clock
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog import queries
from daoda.trade.catalog.actions import Refused
from daoda.trade.catalog.models import Coupon, Product, Variant
from daoda.trade.catalog.rules import Step
from daoda.trade.catalog.rules.pictures import SIDE_PX_MAX

pytestmark = pytest.mark.django_db
ME = "staff:" + "0" * 32
LABEL = {"zh": "账号", "en": "Account"}


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def shop(now: datetime) -> Shop:
    return shops.create(slug="corner", name="街角", hosts=["corner.test"], now=now)


@pytest.fixture
def product(shop: Shop, now: datetime) -> Product:
    return catalog.create_product(
        shop_id=shop.id, kind="code", slug="steam-100", title="Steam 100", actor=ME, now=now
    )


@pytest.fixture
def variant(product: Product, now: datetime) -> Variant:
    return catalog.create_variant(
        product_id=product.id, title="100", price_fen=10_000, actor=ME, now=now
    )


def kinds(thing: Product | Variant) -> list[str]:
    """Facts of one moment have no order."""
    return sorted(fact.kind for fact in journal.history(thing.id))


def test_a_product_is_seen_only_after_it_is_published(
    shop: Shop, product: Product, variant: Variant, now: datetime
) -> None:
    with scope(shop.id):
        assert queries.shelf() == []
        assert queries.variant(variant.id) is None
        assert catalog.publish_product(product_id=product.id, actor=ME, now=now)
        assert not catalog.publish_product(product_id=product.id, actor=ME, now=now)
        (shelf,) = queries.shelf()
        assert [list(one.variants.all()) for one in shelf.products] == [[variant]]
        assert queries.product("steam-100") == product
        assert catalog.withdraw_product(product_id=product.id, actor=ME, now=now)
        assert queries.product("steam-100") is None
    assert kinds(product) == ["product.created", "product.published", "product.withdrawn"]


def test_a_product_without_a_variant_on_sale_cannot_be_published(
    product: Product, variant: Variant, now: datetime
) -> None:
    assert catalog.withdraw_variant(variant_id=variant.id, actor=ME, now=now)
    with pytest.raises(Refused, match="none_published"):
        catalog.publish_product(product_id=product.id, actor=ME, now=now)
    assert catalog.publish_variant(variant_id=variant.id, actor=ME, now=now)
    assert kinds(variant) == ["variant.created", "variant.published", "variant.withdrawn"]


def test_the_shelf_is_ordered_by_category_and_rank(
    shop: Shop, product: Product, variant: Variant, now: datetime
) -> None:
    games = catalog.create_category(shop_id=shop.id, slug="games", title="游戏", actor=ME, now=now)
    catalog.change_category(category_id=games.id, changes={"rank": -1}, actor=ME, now=now)
    other = catalog.create_product(
        shop_id=shop.id,
        kind="manual",
        slug="help",
        title="代办",
        actor=ME,
        now=now,
        details={"category_id": games.id},
    )
    catalog.create_variant(product_id=other.id, title="一次", price_fen=1, actor=ME, now=now)
    for one in (product, other):
        catalog.publish_product(product_id=one.id, actor=ME, now=now)
    with scope(shop.id):
        shelves = [(one.category, one.products) for one in queries.shelf()]
    assert shelves == [(games, [other]), (None, [product])]


def test_another_shop_sees_none_of_it(product: Product, variant: Variant, now: datetime) -> None:
    catalog.publish_product(product_id=product.id, actor=ME, now=now)
    other = shops.create(slug="other", name="别家", hosts=["other.test"], now=now)
    with scope(other.id):
        assert queries.shelf() == []
        assert queries.variant(variant.id) is None
        assert queries.product("steam-100") is None


def test_a_slug_is_used_once_in_a_shop(shop: Shop, product: Product, now: datetime) -> None:
    with pytest.raises(Refused, match="slug: taken"):
        catalog.create_product(
            shop_id=shop.id, kind="code", slug="steam-100", title="x", actor=ME, now=now
        )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"published": True}, "published: unknown"),
        ({"title": ""}, "title: blank"),
        ({"slug": "not a slug"}, "slug: invalid"),
        ({"fields": [{"name": "x"}]}, "fields.0: type"),
        ({"recipe": {"via": "magic"}}, "recipe: unreadable"),
        ({"kind": "lottery"}, "kind: unknown"),
        ({"limit_per_buyer": -1}, "limit_per_buyer: "),
        ({"summary": "x" * 301}, "summary: max_length"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_by_field(
    product: Product, changes: dict[str, object], problem: str, now: datetime
) -> None:
    with pytest.raises(Refused, match=problem):
        catalog.change_product(product_id=product.id, changes=changes, actor=ME, now=now)


def test_a_change_writes_what_changed(product: Product, now: datetime) -> None:
    fields = [{"name": "uid", "type": "number", "label": LABEL}]
    changes = {"fields": fields, "title": product.title}
    changed = catalog.change_product(product_id=product.id, changes=changes, actor=ME, now=now)
    assert [field.name for field in queries.fields_of(changed)] == ["uid"]
    (fact,) = (fact for fact in journal.history(product.id) if fact.kind == "product.changed")
    assert fact.data == {"changed": ["fields"]}


def test_prices_are_quoted_with_steps_and_coupon(
    shop: Shop, product: Product, variant: Variant, now: datetime
) -> None:
    catalog.publish_product(product_id=product.id, actor=ME, now=now)
    catalog.set_steps(variant_id=variant.id, steps=[Step(10, 9_000)], actor=ME, now=now)
    catalog.create_coupon(shop_id=shop.id, code="ten", kind="percent", value=10, actor=ME, now=now)
    with scope(shop.id):
        found = queries.variant(variant.id)
        assert found
        plain = queries.offer(found, quantity=10, coupon_code="", now=now)
        cheaper = queries.offer(found, quantity=10, coupon_code=" Ten ", now=now)
        wrong = queries.offer(found, quantity=1, coupon_code="nope", now=now)
    assert plain.quote == (9_000, 90_000, 0)
    assert cheaper.quote == (9_000, 81_000, 9_000)
    assert cheaper.coupon
    assert cheaper.coupon.code == "TEN"
    assert (wrong.quote.total_fen, wrong.refusal) == (10_000, "unknown")


def test_a_step_dearer_than_the_single_piece_is_refused(variant: Variant, now: datetime) -> None:
    with pytest.raises(Refused, match="price_rises"):
        catalog.set_steps(variant_id=variant.id, steps=[Step(2, 10_001)], actor=ME, now=now)
    catalog.set_steps(variant_id=variant.id, steps=[Step(2, 9_000)], actor=ME, now=now)
    with pytest.raises(Refused, match="price_rises"):
        catalog.change_variant(
            variant_id=variant.id, changes={"price_fen": 8_000}, actor=ME, now=now
        )


@pytest.mark.parametrize("price_fen", [0, -1, 10**9, "100", True])
def test_a_price_outside_the_limits_is_refused(
    product: Product, price_fen: Any, now: datetime
) -> None:
    with pytest.raises(Refused, match="out_of_range"):
        catalog.create_variant(
            product_id=product.id, title="x", price_fen=price_fen, actor=ME, now=now
        )


def test_a_list_price_below_the_price_is_refused(product: Product, now: datetime) -> None:
    with pytest.raises(Refused, match="list_price_fen: below_price"):
        catalog.create_variant(
            product_id=product.id, title="x", price_fen=100, list_price_fen=99, actor=ME, now=now
        )


def test_a_coupon_is_used_at_most_as_often_as_it_says_and_comes_back(
    shop: Shop, now: datetime
) -> None:
    coupon = catalog.create_coupon(
        shop_id=shop.id, code="once", kind="amount", value=5, uses_max=1, actor=ME, now=now
    )
    assert catalog.redeem_coupon(coupon_id=coupon.id, now=now)
    assert not catalog.redeem_coupon(coupon_id=coupon.id, now=now)
    assert catalog.release_coupon(coupon_id=coupon.id)
    assert not catalog.release_coupon(coupon_id=coupon.id)
    assert Coupon.everywhere.get(pk=coupon.pk).used == 0
    assert catalog.withdraw_coupon(coupon_id=coupon.id, actor=ME, now=now)
    assert not catalog.redeem_coupon(coupon_id=coupon.id, now=now)


def test_a_coupon_is_used_only_in_its_time(shop: Shop, now: datetime) -> None:
    coupon = catalog.create_coupon(
        shop_id=shop.id,
        code="may",
        kind="amount",
        value=5,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        actor=ME,
        now=now,
    )
    early, late = now - timedelta(seconds=1), now + timedelta(days=1)
    assert not catalog.redeem_coupon(coupon_id=coupon.id, now=early)
    assert not catalog.redeem_coupon(coupon_id=coupon.id, now=late)
    assert catalog.redeem_coupon(coupon_id=coupon.id, now=now)


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"code": "  "}, "code: required"),
        ({"kind": "percent", "value": 101}, "value: out_of_range"),
        ({"kind": "gift"}, "value: out_of_range"),
        ({"value": 0}, "value: out_of_range"),
        (
            {
                "starts_at": datetime(2030, 1, 2, tzinfo=UTC),
                "ends_at": datetime(2030, 1, 1, tzinfo=UTC),
            },
            "ends_at: before_start",
        ),
    ],
)
def test_a_coupon_that_grants_nothing_is_refused(
    shop: Shop, terms: dict[str, Any], problem: str, now: datetime
) -> None:
    sound: dict[str, Any] = {"code": "x", "kind": "amount", "value": 5}
    with pytest.raises(Refused, match=problem):
        catalog.create_coupon(shop_id=shop.id, actor=ME, now=now, **(sound | terms))


def test_a_date_rule_is_published_for_the_product_alone(
    shop: Shop, product: Product, now: datetime
) -> None:
    version = catalog.publish_date_rule(
        product_id=product.id, node="stocking", seconds=60, windows=[], actor=ME, now=now
    )
    rules = promises.rules_of(shop.id, now=now)
    assert version == 1
    assert rules.rule("stocking", product.id).seconds == 60
    assert rules.rule("stocking", uuid4()).seconds != 60


def test_a_date_rule_that_never_ends_is_refused(product: Product, now: datetime) -> None:
    closed = [{"starts": "00:00", "ends": "24:00", "speed": 0}]
    with pytest.raises(Refused, match="windows"):
        catalog.publish_date_rule(
            product_id=product.id, node="stocking", seconds=60, windows=closed, actor=ME, now=now
        )


def test_a_picture_is_made_small_and_loses_what_else_it_carried(
    product: Product, now: datetime, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    upload = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (3000, 2000), "red").save(upload, "JPEG", exif=exif)
    name = catalog.set_picture(product_id=product.id, upload=upload.getvalue(), actor=ME, now=now)
    again = catalog.set_picture(product_id=product.id, upload=upload.getvalue(), actor=ME, now=now)
    stored = (tmp_path / name).read_bytes()
    with Image.open(io.BytesIO(stored)) as picture:
        assert (picture.format, max(picture.size)) == ("WEBP", SIDE_PX_MAX)
        assert not picture.getexif()
    assert again == name
    assert kinds(product).count("product.pictured") == 1


@pytest.mark.parametrize(
    ("upload", "problem"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "unreadable"),
        (b"x" * (8 * 1024 * 1024 + 1), "too_big"),
    ],
)
def test_what_is_no_picture_is_refused(
    product: Product, upload: bytes, problem: str, now: datetime
) -> None:
    with pytest.raises(Refused, match=f"picture: {problem}"):
        catalog.set_picture(product_id=product.id, upload=upload, actor=ME, now=now)


def test_a_picture_that_would_fill_the_memory_is_refused(product: Product, now: datetime) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    with pytest.raises(Refused, match="too_many_pixels"):
        catalog.set_picture(product_id=product.id, upload=bomb.getvalue(), actor=ME, now=now)
