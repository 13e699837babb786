"""Reserving by count, taking by code, giving back; what a level means through all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries
from daoda.trade.stock.models import Code, Level
from daoda.trade.stock.tests.world import (
    ME,
    buy,
    facts,
    finish,
    level,
    need,
    offer,
    places,
    put,
    send,
)

pytestmark = pytest.mark.django_db


def test_no_more_is_reserved_than_there_is(variant: Variant, now: datetime) -> None:
    put(variant, ["a", "b", "c"], now)
    assert stock.reserve(variant_id=variant.id, quantity=2)
    assert not stock.reserve(variant_id=variant.id, quantity=2)
    assert level(variant) == (1, 0)
    stock.release(variant_id=variant.id, quantity=2)
    assert level(variant) == (3, 0)


def test_nothing_can_be_reserved_where_nothing_ever_was(variant: Variant) -> None:
    assert not stock.reserve(variant_id=variant.id, quantity=1)
    with pytest.raises(ValueError, match="below one"):
        stock.reserve(variant_id=variant.id, quantity=0)


def test_orders_are_served_in_turn_and_levels_do_not_move(variant: Variant, now: datetime) -> None:
    ids = put(variant, [f"c{n}" for n in range(5)], now)
    assert stock.reserve(variant_id=variant.id, quantity=5)
    first, second, third = need(variant, 2), need(variant, 9), need(variant, 3)
    taken = stock.take(needs=[first, second, third], now=now)
    assert taken == {first.order_id: ids[:2], third.order_id: ids[2:]}
    assert level(variant) == (0, 0)
    assert places(variant) == {"taken": 5}
    assert set(Code.everywhere.values_list("order_id", flat=True)) == set(taken)


def test_several_variants_are_taken_in_one_go(shop: Shop, now: datetime) -> None:
    variants = [offer(shop, now, title=str(n)) for n in range(3)]
    for number, one in enumerate(variants):
        put(one, [f"v{number}c{n}" for n in range(2)], now)
        assert stock.reserve(variant_id=one.id, quantity=2)
    needs = [need(one) for one in variants for _ in range(2)]
    taken = stock.take(needs=needs, now=now)
    assert len({code for codes in taken.values() for code in codes}) == 6


def test_taking_nothing_is_nothing(now: datetime) -> None:
    assert stock.take(needs=[], now=now) == {}


def test_the_mark_hides_nothing_that_came_free_below_it(variant: Variant, now: datetime) -> None:
    ids = put(variant, ["a", "b", "c"], now)
    with transaction.atomic():
        assert stock.reserve(variant_id=variant.id, quantity=3)
        lost = need(variant)
        assert stock.take(needs=[lost], now=now)[lost.order_id] == ids[:1]
        # As if this process had seen it taken by another that then rolled back.
        from daoda.trade.stock.actions.taking import low_water

        low_water.rise({variant.id: 10**9})
    want = need(variant, 2)
    assert stock.take(needs=[want], now=now)[want.order_id] == ids[1:]


def test_reserving_for_many_serves_in_turn_and_passes_over_the_large(
    variant: Variant, now: datetime
) -> None:
    put(variant, ["a", "b", "c"], now)
    needs = [need(variant, 2), need(variant, 2), need(variant, 1), need(variant, 1)]
    granted = stock.reserve_many(needs=needs)
    assert granted == {needs[0].order_id, needs[2].order_id}
    assert level(variant) == (0, 0)


def test_a_code_past_its_last_day_is_never_taken(variant: Variant, now: datetime) -> None:
    finish(send(variant, f"secret,expires\nold,{now:%Y-%m-%d}\nnew,2099-01-01\n", now), now)
    assert level(variant) == (2, 0)
    later = now + timedelta(days=2)
    want = need(variant)
    ((code_id,),) = stock.take(needs=[want], now=later).values()
    assert stock.reveal(code_id=code_id, actor=ME, now=later) == "new"
    assert stock.take(needs=[need(variant)], now=later) == {}


def test_the_last_day_ends_at_midnight_of_the_shop(shop: Shop, variant: Variant) -> None:
    import_time = datetime(2030, 1, 1, tzinfo=UTC)
    finish(send(variant, "secret,expires\na,2030-01-02\n", import_time), import_time)
    just_before = datetime(2030, 1, 2, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    assert stock.void_expired(now=just_before) == 0
    assert stock.void_expired(now=just_before + timedelta(seconds=1)) == 1
    assert (level(variant), places(variant)) == ((0, 0), {"void": 1})
    assert [fact.data["reason"] for fact in facts("code.expired")] == ["expired"]


def test_promised_codes_that_expire_are_owed_and_covered_first(
    variant: Variant, now: datetime
) -> None:
    finish(send(variant, "secret,expires\n" + "".join(
        f"c{n},{now:%Y-%m-%d}\n" for n in range(3)), now), now)  # fmt: skip
    assert stock.reserve(variant_id=variant.id, quantity=2)
    later = now + timedelta(days=2)
    assert stock.void_expired(now=later) == 3
    assert level(variant) == (0, 2)
    put(variant, ["n1"], later)
    assert level(variant) == (0, 1)
    put(variant, ["n2", "n3"], later)
    assert level(variant) == (1, 0)
    stock.release(variant_id=variant.id, quantity=2)
    assert level(variant) == (3, 0)


def test_an_unseen_code_comes_back_as_a_new_row(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    _, codes = buy(variant, 1, now)
    anew = stock.give_back(code_ids=codes, reason="refunded", actor=ME, now=now)
    assert set(anew) == set(codes)
    assert not set(anew.values()) & set(codes)
    assert (level(variant), places(variant)) == ((1, 0), {"returned": 1, "shelf": 1})
    assert stock.give_back(code_ids=codes, reason="again", actor=ME, now=now) == {}
    _, again = buy(variant, 1, now)
    assert list(again) == list(anew.values())
    assert stock.reveal(code_id=again[0], actor=ME, now=now) == "a"


def test_a_code_somebody_has_seen_does_not_come_back(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    _, codes = buy(variant, 1, now)
    stock.reveal(code_id=codes[0], actor="buyer", now=now)
    assert stock.give_back(code_ids=codes, reason="refunded", actor=ME, now=now) == {}
    assert places(variant) == {"taken": 1}


def test_a_code_that_came_back_cannot_be_imported_again(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    _, codes = buy(variant, 1, now)
    stock.give_back(code_ids=codes, reason="refunded", actor=ME, now=now)
    row = finish(send(variant, "a\nb", now), now)
    assert row.report["lines"] == [[1, "in_stock", 0]]


def test_every_reveal_is_a_fact_and_the_shelf_is_shown_to_nobody(
    variant: Variant, now: datetime
) -> None:
    (kept, *_) = put(variant, ["a", "b"], now)[::-1]
    order_id, (code_id,) = buy(variant, 1, now)
    for _ in range(2):
        assert stock.reveal(code_id=code_id, actor="buyer", now=now) == "a"
    assert [(fact.subject_id, fact.actor, fact.data) for fact in facts("code.revealed")] == [
        (code_id, "buyer", {"order": order_id.hex})
    ] * 2
    with pytest.raises(LookupError):
        stock.reveal(code_id=kept, actor=ME, now=now)
    with pytest.raises(LookupError):
        stock.reveal_many(code_ids=[code_id, kept], actor=ME, now=now)
    assert len(facts("code.revealed")) == 2


def test_no_fact_holds_a_code(variant: Variant, now: datetime) -> None:
    from daoda.records.journal.models import Fact

    put(variant, ["planted-secret"], now)
    _, codes = buy(variant, 1, now)
    stock.reveal(code_id=codes[0], actor=ME, now=now)
    told = str(list(Fact.everywhere.values_list("data", flat=True)))
    assert "planted" not in told


def test_a_level_that_sinks_is_told_once_and_again_when_it_rises(
    variant: Variant, now: datetime
) -> None:
    put(variant, [f"c{n}" for n in range(4)], now)
    stock.set_low_threshold(variant_id=variant.id, low_threshold=2, actor=ME, now=now)
    stock.warn_low(now=now)
    told = len(facts("stock.low"))
    assert stock.reserve(variant_id=variant.id, quantity=2)
    assert stock.warn_low(now=now) == 1
    assert stock.warn_low(now=now) == 0
    assert facts("stock.low")[told].data == {"available": 2, "low_threshold": 2}
    with scope(variant.shop_id):
        assert [row.variant_id for row in queries.low()] == [variant.id]
    stock.release(variant_id=variant.id, quantity=2)
    assert stock.warn_low(now=now) == 1
    assert facts("stock.refilled")
    with pytest.raises(ValueError, match="threshold"):
        stock.set_low_threshold(variant_id=variant.id, low_threshold=-1, actor=ME, now=now)


def test_what_is_left_is_read_in_the_shop(shop: Shop, variant: Variant, now: datetime) -> None:
    other = offer(shop, now, title="never filled")
    ids = put(variant, ["a", "b"], now)
    buy(variant, 1, now)
    with scope(shop.id):
        assert queries.available([variant.id, other.id]) == {variant.id: 1, other.id: 0}
        assert queries.places(variant.id) == {"shelf": 1, "taken": 1}
        assert [code.place for code in queries.codes(ids[::-1])] == ["shelf", "taken"]
        assert [row.variant_id for row in queries.levels()] == [variant.id]


moves = st.lists(
    st.tuples(st.sampled_from(["put", "reserve", "take", "release", "quarantine", "back"]),
              st.integers(1, 4)),
    max_size=14,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves)
def test_what_may_be_sold_is_what_stands_on_the_shelf_less_what_is_promised(
    variant: Variant, now: datetime, steps: list[tuple[str, int]]
) -> None:
    """Through any order of moves: available - owed = codes on the shelf - codes reserved."""
    with transaction.atomic():
        promised, made = 0, 0
        for what, count in steps:
            if what == "put":
                put(variant, [f"h{made + n}" for n in range(count)], now)
                made += count
            elif what == "reserve" and stock.reserve(variant_id=variant.id, quantity=count):
                promised += count
            elif what == "release" and promised >= count:
                stock.release(variant_id=variant.id, quantity=count)
                promised -= count
            elif what == "take" and promised >= count:
                promised -= count * len(stock.take(needs=[need(variant, count)], now=now))
            elif what in ("quarantine", "back"):
                place = "shelf" if what == "quarantine" else "taken"
                some = Code.everywhere.filter(variant=variant, place=place).order_by("seq")
                ids = list(some.values_list("id", flat=True)[:count])
                if what == "quarantine":
                    stock.quarantine(code_ids=ids, reason="looked odd", actor=ME, now=now)
                else:
                    stock.give_back(code_ids=ids, reason="refunded", actor=ME, now=now)
            row = Level.everywhere.filter(pk=variant.pk).first()
            if row:
                assert min(row.available, row.owed) == 0
                assert row.available - row.owed == places(variant).get("shelf", 0) - promised
        transaction.set_rollback(True)
