"""Paid orders whose goods are bought: over real sockets, whatever the supplier does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries
from daoda.trade.orders import actions as orders
from daoda.trade.stock.models import Code
from tests.flows import supplied
from tests.flows.supplied import Supplied, sales
from tests.flows.world import OPERATOR, World

pytestmark = pytest.mark.slow

CLOSED = {"succeeded", "failed", "returned"}


@pytest.fixture
def story(world: World) -> Iterator[Supplied]:
    made = supplied.build(world)
    yield made
    made.close()


@pytest.fixture(params=["dujiao_next", "kasushou"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_paid_order_is_bought_and_delivered(story: Supplied, dialect: str) -> None:
    played, _ = story.supplier(dialect)
    order = story.paid(2)
    assert order.state == "sourcing"
    story.work()
    story.later(8, seconds=5)
    order = story.world.again(order)
    assert (order.state, order.attempt_id) == ("delivered", None)
    assert story.states(order) == ["succeeded"]
    (sale,) = sales(played)
    assert len(queries.codes_of(order.pk)) == len(sale.cards) == 2
    assert story.world.books()["goods_cost"] == story.world.books()["supplier_payable"] == 14000
    assert story.world.in_order()


def test_a_membership_is_done_at_the_supplier_and_its_number_handed_over(
    story: Supplied, dialect: str
) -> None:
    played, _ = story.supplier(dialect, cards=False)
    order = story.paid(variant=story.plan)
    story.work()
    story.later(8, seconds=5)
    order = story.world.again(order)
    assert order.state == "delivered"
    (sale,) = sales(played)
    assert str(sale.id) in (queries.handover_of(order) or "")
    assert story.world.in_order()


@pytest.mark.parametrize("play", ["lost", "cut", "page", "drip"])
def test_an_answer_that_never_came_is_found_out_and_nothing_is_bought_twice(
    story: Supplied, dialect: str, play: str
) -> None:
    played, _ = story.supplier(dialect)
    played.warehouse.script(play)
    order = story.paid()
    story.work()
    assert story.states(order) == ["unknown"]
    story.later(10, seconds=10)
    assert story.world.again(order).state == "delivered"
    assert len(sales(played)) == 1
    assert story.world.in_order()


@pytest.mark.parametrize("play", ["balance", "price", "stock", "failed", "refunded"])
def test_a_confirmed_failure_goes_to_the_next_supplier(story: Supplied, play: str) -> None:
    first, _ = story.supplier("kasushou", rank=0)
    second, _ = story.supplier("dujiao_next", rank=1)
    first.warehouse.script(play)
    order = story.paid()
    story.work()
    story.later(12, seconds=10)
    assert story.world.again(order).state == "delivered"
    assert story.states(order) == ["failed", "succeeded"]
    assert len(sales(second)) == 1
    assert story.world.in_order()


def test_without_a_supplier_a_person_has_it(story: Supplied) -> None:
    order = story.paid()
    story.work()
    order = story.world.again(order)
    assert (order.state, order.owner) == ("in_hand", "department:supplier")
    assert story.world.in_order()


def test_nobody_there_is_no_purchase_and_the_next_one_is_asked(story: Supplied) -> None:
    first, _ = story.supplier("kasushou", rank=0)
    second, _ = story.supplier("dujiao_next", rank=1)
    first.fall_silent()
    order = story.paid()
    story.work()
    story.later(12, seconds=10)
    assert story.world.again(order).state == "delivered"
    assert story.states(order) == ["failed", "succeeded"]
    assert story.attempts(order)[0].reason == "unreachable"
    assert len(sales(first, second)) == 1


def test_what_stands_on_our_shelf_is_not_bought_again(story: Supplied) -> None:
    played, _ = story.supplier("kasushou")
    story.world.stock_up("OURS-1", variant=story.card)
    order = story.paid()
    story.work()
    assert story.world.again(order).state == "delivered"
    assert not sales(played)
    assert story.world.in_order()


@pytest.mark.parametrize("play", ["vanished", "never"])
def test_unknown_is_never_failed_before_its_cut_off(story: Supplied, play: str) -> None:
    played, _ = story.supplier("kasushou", cut_off_s=3600, cut_off_policy="elsewhere")
    other, _ = story.supplier("dujiao_next", rank=1)
    played.warehouse.script(play)
    order = story.paid()
    story.work()
    story.later(10, minutes=5)
    assert story.states(order) in (["unknown"], ["processing"])
    with pytest.raises(orders.AttemptOpen):
        story.world.refund(story.world.again(order))
    assert not sales(other), "no second purchase on a guess"
    story.later(3, minutes=10)
    assert story.states(order) == ["cut_off", "succeeded"]
    assert story.world.again(order).state == "delivered"
    assert story.world.books()["supplier_receivable"] == 7000
    assert story.world.in_order()


def test_a_late_success_goes_onto_our_shelf_and_is_never_revealed(story: Supplied) -> None:
    played, _ = story.supplier("kasushou", cut_off_s=600, cut_off_policy="refund")
    played.warehouse.script("never")
    order = story.paid()
    story.work()
    story.later(7, minutes=2)
    assert story.states(order) == ["cut_off"]
    assert story.world.again(order).state == "refund_owed"
    assert story.world.books()["losses"] == 7000
    (sale,) = sales(played)
    played.warehouse.finish(sale.number, story.world.now, as_play="silent")
    story.later(2, hours=2)
    assert story.states(order) == ["returned"]
    (code,) = Code.everywhere.filter(variant=story.card)
    assert (code.place, code.order_id, code.revealed_at) == ("shelf", None, None)
    assert not queries.codes_of(order.pk)
    assert "losses" not in story.world.books()
    assert story.world.in_order()


def test_past_the_risk_limit_a_person_decides(story: Supplied) -> None:
    played, _ = story.supplier(
        "kasushou", cut_off_s=600, cut_off_policy="elsewhere", risk_limit_fen=6999
    )
    played.warehouse.script("never")
    order = story.paid()
    story.work()
    story.later(7, minutes=2)
    (attempt,) = story.attempts(order)
    assert (attempt.state, attempt.reason, attempt.owner) == (
        "processing", "risk_limit", "department:supplier",
    )  # fmt: skip
    fulfilment.cut_off(attempt_id=attempt.pk, way="refund", actor=OPERATOR, now=story.world.now)
    assert story.world.again(order).state == "refund_owed"
    fulfilment.settle_claim(
        attempt_id=attempt.pk, how="written_off", note="they are gone", actor=OPERATOR,
        now=story.world.now,
    )  # fmt: skip
    assert story.states(order) == ["written_off"]
    assert story.world.books()["losses"] == 7000
    assert story.world.in_order()


def test_a_duplicated_card_goes_to_nobody_but_a_person(story: Supplied) -> None:
    played, _ = story.supplier("kasushou")
    story.paid()
    story.work()
    story.later(2, seconds=10)
    played.warehouse.script("duplicate")
    order = story.paid()
    story.work()
    story.later(3, seconds=10)
    (attempt,) = story.attempts(order)
    assert (attempt.state, attempt.reason, attempt.owner) == (
        "unknown", "duplicate_card", "department:supplier",
    )  # fmt: skip
    assert story.world.again(order).state == "sourcing"
    assert Code.everywhere.filter(variant=story.card).count() == 1
    assert story.world.in_order()


def test_goods_for_an_order_under_review_wait_on_our_shelf(story: Supplied) -> None:
    played, _ = story.supplier("kasushou")
    order = story.paid()
    story.work()
    assert story.world.hold(order)
    story.later(3, seconds=10)
    assert story.states(order) == ["returned"]
    assert story.world.again(order).state == "held"
    assert story.world.release(order)
    story.work()
    assert story.world.again(order).state == "delivered"
    assert len(sales(played)) == 1
    assert story.world.in_order()


def test_a_topup_done_during_a_review_is_delivered_after_it(story: Supplied) -> None:
    played, _ = story.supplier("kasushou", cards=False)
    order = story.paid(variant=story.plan)
    story.work()
    assert story.world.hold(order)
    story.later(3, seconds=10)
    assert story.states(order) == ["processing"]
    assert story.world.release(order)
    story.later(2, minutes=1)
    assert story.world.again(order).state == "delivered"
    assert len(sales(played)) == 1
    assert story.world.in_order()


def test_a_planned_purchase_may_be_called_off(story: Supplied) -> None:
    played, _ = story.supplier("kasushou")
    order = story.paid()
    fulfilment.plan_batch(now=story.world.now)
    assert fulfilment.call_off(order_id=order.pk, actor=OPERATOR, now=story.world.now)
    assert story.states(order) == ["failed"]
    assert story.world.refund(story.world.again(order))
    assert not sales(played)
    assert story.world.in_order()


def test_everything_about_an_attempt_is_kept_and_no_card_in_it(story: Supplied) -> None:
    played, _ = story.supplier("kasushou")
    order = story.paid()
    story.work()
    story.later(3, seconds=10)
    (attempt,) = story.attempts(order)
    assert [event[0] for event in story.events(attempt)][:2] == ["sent", "answered"]
    (sale,) = sales(played)
    kept = "".join(event.request + event.response for event in queries.events_of([attempt.pk]))
    assert attempt.pk.hex in kept
    assert not any(card in kept for card in sale.cards)
