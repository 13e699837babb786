"""Orders whose goods are bought from a supplier: what their states allow and refuse."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from daoda.kit.low_water import BEGINNING
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from tests.flows.world import OPERATOR, World, stands

ACTOR = "machine:supply"
SOURCING = ("sourcing", "supplying", ACTOR)


@pytest.fixture
def bought(world: World) -> Iterator[Order]:
    """A membership that is bought from a supplier for each order, ordered and paid."""
    with world.inside():
        catalog.change_product(
            product_id=world.plan.product_id,
            changes={"recipe": {"via": "supplier"}},
            actor=OPERATOR,
            now=world.now,
        )
    order = world.buy(variant=world.plan)
    assert stands(order) == SOURCING
    yield order
    assert world.in_order()


def claim() -> list[uuid.UUID]:
    return [order.id for order in orders.claim_sourcing(since=BEGINNING, limit_rows=10)]


def attach(order: Order, attempt_id: uuid.UUID) -> None:
    with transaction.atomic():
        orders.lock([order.pk])
        orders.attach_attempts({order.pk: attempt_id})


def test_with_a_purchase_open_nobody_buys_a_second_time_or_sends_the_money_back(world, bought):
    with transaction.atomic():
        assert claim() == [bought.pk]
    attempt_id = uuid.uuid4()
    attach(bought, attempt_id)
    with transaction.atomic():
        assert claim() == []
    with pytest.raises(orders.LostMove):
        attach(bought, uuid.uuid4())
    with transaction.atomic():
        locked = orders.lock([bought.pk])[bought.pk]
        with pytest.raises(orders.AttemptOpen):
            orders.owe_refund(locked, reason="buyer_asked", actor=OPERATOR, now=world.now)

    with transaction.atomic():
        assert orders.detach_attempts({bought.pk: uuid.uuid4()}) == 0
        assert orders.detach_attempts({bought.pk: attempt_id}) == 1
    assert world.refund(bought)
    assert world.again(bought).state == "refund_owed"


def test_a_date_that_passes_gives_it_to_supplier_relations(world, bought):
    world.now = bought.promised_at + timedelta(seconds=1)
    assert world.pass_dates()
    assert stands(world.again(bought)) == ("sourcing", "supplying", "department:supplier")


def test_from_a_supplier_to_a_person_and_back(world, bought):
    with transaction.atomic():
        (locked,) = orders.lock([bought.pk]).values()
        orders.to_hands([locked], reason="no_supplier", actor=ACTOR, now=world.now)
    assert stands(world.again(bought)) == ("in_hand", "handling", "department:supplier")
    with transaction.atomic():
        (locked,) = orders.lock([bought.pk]).values()
        orders.to_sourcing([locked], reason="supplier_back", actor=ACTOR, now=world.now)
    assert stands(world.again(bought)) == SOURCING


def test_a_review_in_between_goes_back_to_the_supplier(world, bought):
    assert world.hold(bought)
    with transaction.atomic():
        assert claim() == []
    assert world.release(bought)
    assert stands(world.again(bought)) == SOURCING
