"""What suppliers tell us unasked, over the socket: verified, stored once per event, then asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from daoda.delivery.fulfilment import queries
from daoda.delivery.fulfilment.models import Attempt, SupplierNotice
from daoda.proving.simulators.suppliers.dialects import DIALECTS
from daoda.proving.simulators.suppliers.warehouse import Sale
from daoda.trade.orders.models import Order
from daoda.trade.suppliers.models import Offer, Supplier
from tests.flows import supplied
from tests.flows.supplied import PlayedSupplier, Supplied, sales
from tests.flows.town import Answered, Town

CODES = ("dujiao_next", "kasushou")


@pytest.fixture(scope="module", autouse=True)
def served(town: Town) -> None:
    town.open_web()


@pytest.fixture(scope="module")
def story(town: Town) -> Iterator[Supplied]:
    town.now()
    made = supplied.build(town.world)
    yield made
    made.close()


@pytest.fixture(scope="module")
def sellers(story: Supplied) -> dict[str, tuple[PlayedSupplier, Supplier]]:
    return {code: story.supplier(code) for code in CODES}


Bought = tuple[Order, Sale, PlayedSupplier, Supplier]


@pytest.fixture(params=CODES)
def bought(
    request: pytest.FixtureRequest,
    town: Town,
    story: Supplied,
    sellers: dict[str, tuple[PlayedSupplier, Supplier]],
) -> Bought:
    """An order that one supplier has accepted and not delivered yet."""
    played, supplier = sellers[request.param]
    for _, other in sellers.values():
        Offer.everywhere.filter(supplier=other).update(enabled=other == supplier)
    town.now()
    before = {sale.id for sale in sales(played)}
    order = story.paid()
    story.work()
    (sale,) = [sale for sale in sales(played) if sale.id not in before]
    assert story.world.again(order).state == "sourcing"
    return order, sale, played, supplier


def tell(town: Town, bought: Bought, state: str = "done", *, forged: bool = False) -> Answered:
    """The supplier's own notice, sent to our door."""
    _, sale, played, supplier = bought
    town.now()
    call = DIALECTS[played.code](played.keys).notice(sale, state, town.world.now, forged=forged)
    return town.send(
        call.method, f"/inbound/supplier/{supplier.pk.hex}", call.body, dict(call.headers)
    )


def test_a_notice_brings_the_goods_long_before_the_next_question_is_due(
    town: Town, story: Supplied, bought: Bought
) -> None:
    order, sale, played, _ = bought
    asked_before = sale.queries
    sale.ready_at = town.world.now
    # Often asked in vain, the machine would ask again in ten minutes.
    Attempt.everywhere.filter(order=order).update(next_at=town.world.now + timedelta(minutes=10))
    answer = tell(town, bought)
    assert DIALECTS[played.code](played.keys).accepted(answer.status, answer.body)
    town.now()
    story.later(seconds=3)  # the least that kasushou asks for after an order
    assert story.world.again(order).state == "delivered"
    assert sale.queries > asked_before, "cards are fetched by a question of ours"
    assert len(queries.codes_of(order.pk)) == 1


def test_a_repeat_is_answered_alike_and_stored_once(town: Town, bought: Bought) -> None:
    _, _, _, supplier = bought
    before = SupplierNotice.everywhere.filter(supplier=supplier).count()
    first, second = tell(town, bought), tell(town, bought)
    assert (first.status, first.body) == (second.status, second.body)
    stored = SupplierNotice.everywhere.filter(supplier=supplier).count() - before
    assert stored in {1, 2}, "one event, or two where the time of telling is part of it"


def test_a_forged_notice_is_refused_and_changes_nothing(
    town: Town, story: Supplied, bought: Bought
) -> None:
    order, sale, played, _ = bought
    asked_before = sale.queries
    answer = tell(town, bought, forged=True)
    assert not DIALECTS[played.code](played.keys).accepted(answer.status, answer.body)
    story.work()
    assert story.world.again(order).state == "sourcing"
    assert sale.queries == asked_before


def test_a_supplier_that_contradicts_itself_is_believed_where_it_signs(
    town: Town, story: Supplied, bought: Bought
) -> None:
    """dujiao_next signs the state it tells of; kasushou is asked, and its answer counts."""
    order, sale, played, _ = bought
    tell(town, bought, "failed")
    sale.ready_at = town.world.now
    town.now()
    story.later(4, seconds=10)
    ends = {"dujiao_next": ("in_hand", "failed"), "kasushou": ("delivered", "succeeded")}
    (stands,) = story.states(order)
    assert (story.world.again(order).state, stands) == ends[played.code]


@pytest.mark.parametrize("path", ["x", "0" * 32, "..%2f", ""])
def test_no_supplier_lives_at_a_made_up_address(town: Town, path: str) -> None:
    assert town.send("POST", f"/inbound/supplier/{path}", b"{}").status == 404


@pytest.mark.parametrize("body", [b"", b"{", b"\x00\xff", b"[" * 50_000, b"a=1&a=2", b"x" * 70_000])
def test_hostile_bytes_are_refused_and_never_an_error(
    town: Town, bought: Bought, body: bytes
) -> None:
    _, _, played, supplier = bought
    answer = town.send("POST", f"/inbound/supplier/{supplier.pk.hex}", body)
    assert answer.status < 500
    assert not DIALECTS[played.code](played.keys).accepted(answer.status, answer.body)
