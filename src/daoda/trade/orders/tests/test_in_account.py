"""Orders in a buyer's account: placed for it or kept in it, read page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daoda.kit import ids
from daoda.records.journal.models import Fact
from daoda.records.persons import actions as persons
from daoda.records.persons.models import Person
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Product, Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order

NOW = datetime(2026, 7, 4, 10, 0, tzinfo=UTC)
ME = "staff:" + "0" * 32
CONTACT = "li@example.com"
LI, WANG = ids.uuid7(NOW), ids.uuid7(NOW)


@pytest.fixture
def lamp(db: None) -> Iterator[Shop]:
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOW)
    with scope(shop.pk):
        yield shop


@pytest.fixture
def lesson(lamp: Shop) -> Variant:
    """Something delivered by hand: no shelf is needed."""
    product = catalog.create_product(
        shop_id=lamp.pk, kind="manual", slug="lesson", title="Lesson", actor=ME, now=NOW
    )
    variant = catalog.create_variant(
        product_id=product.pk, title="Hour", price_fen=9_850, actor=ME, now=NOW
    )
    catalog.publish_product(product_id=product.pk, actor=ME, now=NOW)
    return variant


def wanted(variant: Variant, **more: Any) -> orders.Wanted:
    basis = orders.Wanted(
        shop_id=variant.shop_id,
        variant_id=variant.pk,
        quantity=1,
        contact=CONTACT,
        password="lamp-4711",
    )
    return replace(basis, **more)


def ordered(variant: Variant, *, now: datetime = NOW, **more: Any) -> Order:
    return orders.place(wanted=wanted(variant, **more), actor="buyer", now=now)


def account_person(shop: Shop) -> Person:
    return persons.create(shop_id=shop.pk, contact=CONTACT, now=NOW, has_account=True)


def test_an_order_of_an_account_is_filed_under_its_own_person(lamp: Shop, lesson: Variant) -> None:
    stranger = ordered(lesson)
    own = account_person(lamp)
    order = ordered(lesson, buyer_id=LI, person_id=own.pk)
    assert (order.buyer_id, order.person_id) == (LI, own.pk)
    assert ordered(lesson).person_id == stranger.person_id != own.pk


def test_a_stranger_with_the_contact_of_an_account_is_somebody_else(
    lamp: Shop, lesson: Variant
) -> None:
    own = account_person(lamp)
    order = ordered(lesson)
    assert order.person_id != own.pk
    assert order.buyer_id is None
    assert queries.contact(order) == CONTACT


def test_a_limit_counts_a_contact_with_account_and_without(lamp: Shop, lesson: Variant) -> None:
    Product.objects.update(limit_per_buyer=2)
    own = account_person(lamp)
    ordered(lesson)
    ordered(lesson, buyer_id=LI, person_id=own.pk)
    hers: dict[str, Any] = {"buyer_id": LI, "person_id": own.pk}
    for more in ({}, hers):
        with pytest.raises(orders.OrderRefused) as refusal:
            ordered(lesson, **more)
        assert refusal.value.params == {"limit": 2, "already": 2}


def test_nothing_is_filed_under_a_deleted_or_a_foreign_account(lamp: Shop, lesson: Variant) -> None:
    own = account_person(lamp)
    persons.erase(person_id=own.pk, actor=f"buyer:{own.pk.hex}", now=NOW)
    pine = shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=NOW)
    for person_id in (own.pk, account_person(pine).pk, ids.uuid7(NOW)):
        with pytest.raises(orders.OrderRefused) as refusal:
            ordered(lesson, buyer_id=LI, person_id=person_id)
        assert refusal.value.code == "bad_contact"
    assert not Order.everywhere.exists()


def test_an_order_is_kept_once_and_by_one(lesson: Variant) -> None:
    order = ordered(lesson)
    for buyer_id, actor, in_hers in (
        (LI, "buyer:li", True),
        (LI, "buyer:li", True),
        (WANG, "buyer:wang", False),
    ):
        kept = orders.keep_for(order_id=order.pk, buyer_id=buyer_id, actor=actor, now=NOW)
        assert kept == in_hers
    assert Order.objects.get().buyer_id == LI
    (fact,) = Fact.everywhere.filter(kind="order.kept")
    assert (fact.subject_id, fact.actor, fact.data) == (order.pk, "buyer:li", {"buyer": LI.hex})


def test_an_account_is_read_page_by_page_newest_first(lesson: Variant) -> None:
    # Some at the same moment: the id decides between them.
    moments = [NOW + timedelta(minutes=number // 3) for number in range(10)]
    placed = [ordered(lesson, buyer_id=LI, now=moment).pk for moment in moments]
    ordered(lesson, buyer_id=WANG)
    ordered(lesson)
    pages, before = [], None
    while True:
        page = queries.of_buyer(LI, before=before, rows_max=4)
        pages.append([order.pk for order in page.orders])
        if (before := page.next_before) is None:
            break
    assert [len(page) for page in pages] == [4, 4, 2]
    read = [pk for page in pages for pk in page]
    when = dict(zip(placed, moments, strict=True))
    assert read == sorted(placed, key=lambda pk: (when[pk], pk), reverse=True)


def test_a_whole_last_page_has_no_next(lesson: Variant) -> None:
    for _ in range(4):
        ordered(lesson, buyer_id=LI)
    assert queries.of_buyer(LI, rows_max=4).next_before is None


def test_a_place_in_anothers_account_tells_nothing(lamp: Shop, lesson: Variant) -> None:
    ordered(lesson, buyer_id=LI)
    theirs = ordered(lesson, buyer_id=WANG, now=NOW - timedelta(days=1))
    first = queries.of_buyer(LI)
    assert queries.of_buyer(LI, before=theirs.pk) == first
    assert queries.of_buyer(LI, before=ids.uuid7(NOW)) == first
    pine = shops.create(slug="pine", name="Pine", hosts=["pine.example"], now=NOW)
    with scope(pine.pk):
        assert not queries.of_buyer(LI).orders


def test_a_number_opens_ones_own_alone(lesson: Variant) -> None:
    order = ordered(lesson, buyer_id=LI)
    assert queries.of_buyer_by_number(LI, f"{order.number[:5]}-{order.number[5:]}".lower()) == order
    for buyer_id, number in ((WANG, order.number), (LI, "0000000000"), (LI, ""), (LI, "\0")):
        assert queries.of_buyer_by_number(buyer_id, number) is None


def test_what_is_open_is_counted(lesson: Variant) -> None:
    order = ordered(lesson, buyer_id=LI)
    ordered(lesson, buyer_id=WANG)
    assert queries.open_of_buyer(LI) == 1
    orders.cancel(order_id=order.pk, actor="buyer", now=NOW)
    assert queries.open_of_buyer(LI) == 0


def test_a_page_is_read_from_its_index(lesson: Variant) -> None:
    last = ordered(lesson, buyer_id=LI)
    with CaptureQueriesContext(connection) as asked:
        queries.of_buyer(LI, before=last.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + asked.captured_queries[-1]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "order_of_buyer_newest" in plan
    assert "Sort" not in plan
