"""The price is exact, never negative, and a coupon never takes more than there is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.trade.catalog import rules
from daoda.trade.catalog.rules import CouponTerms, Step

NOON = datetime(2030, 5, 1, 4, tzinfo=UTC)
PRODUCT, OTHER = UUID(int=1), UUID(int=2)

fen = st.integers(1, rules.PRICE_FEN_MAX)
steps = st.lists(st.builds(Step, st.integers(2, 1000), fen), max_size=6)
coupons = st.one_of(
    st.none(),
    st.builds(CouponTerms, st.just("percent"), st.integers(1, 100), st.integers(0, 10**9)),
    st.builds(CouponTerms, st.just("amount"), st.integers(1, 10**9), st.integers(0, 10**9)),
)


@given(fen, steps, st.integers(1, rules.QUANTITY_MAX), coupons)
def test_total_and_discount_make_the_full_price_and_something_stays_to_pay(
    unit: int, table: list[Step], quantity: int, coupon: CouponTerms | None
) -> None:
    quote = rules.price(variant_price_fen=unit, steps=table, quantity=quantity, coupon=coupon)
    assert quote.total_fen + quote.discount_fen == quote.unit_fen * quantity
    assert quote.total_fen >= 1
    assert quote.discount_fen >= 0


@given(fen, steps, st.integers(1, rules.QUANTITY_MAX))
def test_in_a_published_table_more_pieces_never_cost_more_apiece(
    unit: int, table: list[Step], quantity: int
) -> None:
    if rules.steps_problem(unit, table) or quantity == rules.QUANTITY_MAX:
        return
    few = rules.price(variant_price_fen=unit, steps=table, quantity=quantity)
    more = rules.price(variant_price_fen=unit, steps=table, quantity=quantity + 1)
    assert more.unit_fen <= few.unit_fen


@given(fen, st.integers(1, rules.QUANTITY_MAX), st.integers(1, 100))
def test_a_percentage_is_never_more_generous_than_its_name(
    unit: int, quantity: int, percent: int
) -> None:
    quote = rules.price(
        variant_price_fen=unit, steps=[], quantity=quantity, coupon=CouponTerms("percent", percent)
    )
    assert quote.discount_fen * 100 <= unit * quantity * percent


def test_the_step_reached_sets_the_unit_price() -> None:
    table = [Step(10, 900), Step(50, 800)]
    units = {
        quantity: rules.price(variant_price_fen=1000, steps=table, quantity=quantity).unit_fen
        for quantity in (1, 9, 10, 49, 50)
    }
    assert units == {1: 1000, 9: 1000, 10: 900, 49: 900, 50: 800}


@pytest.mark.parametrize("quantity", [0, -1, rules.QUANTITY_MAX + 1])
def test_a_quantity_outside_the_limits_has_no_price(quantity: int) -> None:
    with pytest.raises(ValueError, match="quantity"):
        rules.price(variant_price_fen=100, steps=[], quantity=quantity)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([], None),
        ([Step(5, 90), Step(10, 80)], None),
        ([Step(5, 90), Step(10, 95)], "price_rises"),
        ([Step(5, 101)], "price_rises"),
        ([Step(5, 90), Step(5, 80)], "quantity_twice"),
        ([Step(1, 90)], "quantity_out_of_range"),
        ([Step(5, 0)], "price_out_of_range"),
    ],
)
def test_a_table_of_steps_is_checked_before_it_is_published(
    table: list[Step], problem: str | None
) -> None:
    assert rules.steps_problem(100, table) == problem


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (CouponTerms("amount", 5), None),
        (CouponTerms("amount", 5, uses_left=1, product_id=PRODUCT, ends_at=NOON), "ended"),
        (CouponTerms("amount", 5, starts_at=NOON + timedelta(seconds=1)), "not_started"),
        (CouponTerms("amount", 5, uses_left=0), "used_up"),
        (CouponTerms("amount", 5, product_id=OTHER), "other_product"),
        (CouponTerms("amount", 5, min_amount_fen=1001), "below_minimum"),
        (CouponTerms("amount", 5, withdrawn=True), "withdrawn"),
    ],
)
def test_a_coupon_says_why_it_cannot_be_used(terms: CouponTerms, refusal: str | None) -> None:
    asked = rules.coupon_refusal(terms, product_id=PRODUCT, full_fen=1000, now=NOON)
    assert asked == refusal


def test_a_coupon_code_is_found_however_it_is_typed() -> None:
    assert rules.normalize_coupon_code("　ｓave 10 ") == "SAVE10"
