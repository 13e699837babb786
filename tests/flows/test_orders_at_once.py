"""Two orders in the same moment: one key is one order, and a limit is a limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from daoda.records.persons.models import Person
from daoda.trade.catalog.models import Product
from daoda.trade.orders import actions as orders
from daoda.trade.orders.actions import placing
from daoda.trade.orders.models import Order
from tests.flows.world import World, at_once

pytestmark = pytest.mark.committed
MEET_S = 0.5


def placed_together(world: World, monkeypatch, step: str, **wanted: Any) -> list[object]:
    """Place twice; whoever has done this step waits a while for the other to have done it too."""
    both, real = threading.Barrier(2), getattr(placing, step)

    def meet(*given: object) -> object:
        done = real(*given)
        try:
            both.wait(MEET_S)
        except threading.BrokenBarrierError:
            return done  # the other waits for our lock, as it should
        return done

    monkeypatch.setattr(placing, step, meet)
    return at_once(*[_placing(world, wanted)] * 2)


def _placing(world: World, wanted: dict[str, Any]) -> Callable[[], object]:
    def place() -> object:
        try:
            return world.place(**wanted).pk
        except orders.OrderRefused as refused:
            return refused.code

    return place


def test_a_repeat_while_the_first_takes_the_last_one_is_the_first_order(real_world, monkeypatch):
    real_world.stock_up("A")
    first, second = placed_together(real_world, monkeypatch, "_place", client_key="same")
    assert first == second == Order.everywhere.get().pk


def test_a_repeat_while_the_first_fills_the_limit_is_the_first_order(real_world, monkeypatch):
    real_world.stock_up("A", "B")
    Product.everywhere.update(limit_per_buyer=1)
    first, second = placed_together(real_world, monkeypatch, "_place", client_key="same")
    assert first == second == Order.everywhere.get().pk


def test_the_first_two_orders_of_a_new_contact_do_not_pass_its_limit(real_world, monkeypatch):
    real_world.stock_up("A", "B")
    Product.everywhere.update(limit_per_buyer=1)
    said = placed_together(real_world, monkeypatch, "_people", contact="new@example.cn")
    assert sorted(map(str, said)) == sorted([str(Order.everywhere.get().pk), "over_limit"])
    assert Person.everywhere.count() == 1


def test_a_new_contact_whose_order_is_refused_leaves_nobody_behind(real_world):
    with pytest.raises(orders.OrderRefused, match="sold_out"):
        real_world.place()
    assert not Person.everywhere.exists()
