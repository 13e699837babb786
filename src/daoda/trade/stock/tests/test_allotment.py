"""Who gets which codes."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from daoda.trade.stock import rules
from daoda.trade.stock.rules import Need

A, B = UUID(int=10), UUID(int=11)


def order(number: int) -> UUID:
    return UUID(int=1000 + number)


def codes(count: int, start: int = 0) -> list[UUID]:
    return [UUID(int=5000 + start + number) for number in range(count)]


def test_earlier_orders_are_served_first_and_whole() -> None:
    shelf = {A: codes(5)}
    served = rules.allot([Need(order(1), A, 2), Need(order(2), A, 3)], shelf)
    assert served == {order(1): codes(2), order(2): codes(3, start=2)}


def test_an_order_too_large_does_not_block_the_small_ones_behind_it() -> None:
    needs = [Need(order(1), A, 9), Need(order(2), A, 1), Need(order(3), A, 1)]
    assert list(rules.allot(needs, {A: codes(2)})) == [order(2), order(3)]


needs = st.lists(
    st.builds(Need, st.integers(0, 12).map(order), st.sampled_from([A, B]), st.integers(0, 6)),
    max_size=20,
)


@given(needs, st.integers(0, 15), st.integers(0, 15))
def test_no_code_reaches_two_orders_and_every_order_is_whole_or_empty(
    needs: list[Need], of_a: int, of_b: int
) -> None:
    shelf = {A: codes(of_a), B: codes(of_b, start=100)}
    served = rules.allot(needs, shelf)
    given_out = [code for some in served.values() for code in some]
    assert len(set(given_out)) == len(given_out)
    assert set(given_out) <= {*shelf[A], *shelf[B]}
    for order_id, some in served.items():
        assert any(
            need.order_id == order_id
            and need.quantity == len(some)
            and set(some) <= set(shelf[need.variant_id])
            for need in needs
        )
