"""Orders × attempts × refunds: any answer at any time, crashes anywhere; and every law holds.

A crash is a round of the worker that is rolled back after its calls were made: what the supplier
did stays done, what we knew of it is lost.
"""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries
from daoda.delivery.fulfilment.actions.calling import Asked, Heard
from daoda.delivery.fulfilment.models import Attempt, AttemptEvent, Delivery
from daoda.delivery.fulfilment.states import ASKED
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.stock.models import Code
from daoda.trade.suppliers.adapters.base import Card, Reading
from tests.flows import supplied
from tests.flows.supplied import Supplied
from tests.flows.world import OPERATOR, World

pytestmark = pytest.mark.slow

SAID = (
    "accepted", "processing", "succeeded", "failed", "refunded", "absent", "needs_human",
    "unknown", "unreachable",
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("buy"), st.booleans()),
    st.tuples(st.just("plan"), st.none()),
    st.tuples(st.just("send"), st.booleans()),
    st.tuples(st.just("ask"), st.booleans()),
    st.tuples(st.just("hear"), st.tuples(st.integers(0, 5), st.sampled_from(SAID), st.booleans())),
    st.tuples(st.just("hold"), st.integers(0, 3)),
    st.tuples(st.just("release"), st.integers(0, 3)),
    st.tuples(st.just("refund"), st.integers(0, 3)),
    st.tuples(st.just("call_off"), st.integers(0, 3)),
    st.tuples(st.just("dates"), st.none()),
    st.tuples(st.just("later"), st.sampled_from((5, 70, 700, 4000))),
)


class Crash(Exception):
    """The process is gone; the transaction with it."""


class Story:
    """What was asked at the suppliers, and what may still be answered, at any time and again."""

    def __init__(self, made: Supplied) -> None:
        self.made, self.orders = made, list[Order]()
        self.calls: list[Asked] = []
        self.cards = 0

    def step(self, what: str, how: object) -> None:
        try:
            with transaction.atomic():
                getattr(self, what)(how)
        except Crash:
            pass
        self.laws()

    def buy(self, card: bool) -> None:
        if len(self.orders) < 4:
            self.orders.append(self.made.paid(variant=self.made.card if card else self.made.plan))

    def plan(self, _how: None) -> None:
        fulfilment.plan_batch(now=self.made.world.now)
        fulfilment.deliver_batch(now=self.made.world.now)

    def send(self, crash: bool) -> None:
        """The claim is committed; a crash afterwards loses only the answer."""
        self._claimed(fulfilment.claim_sends(now=self.made.world.now, room=10), crash)

    def ask(self, crash: bool) -> None:
        self._claimed(fulfilment.claim_asks(now=self.made.world.now, room=10), crash)

    def _claimed(self, claimed: fulfilment.Claimed, crash: bool) -> None:
        self.calls += [asked for asked, _ in claimed.calls]
        fulfilment.give_back([asked for asked, _ in claimed.calls])
        if not crash:
            fulfilment.hear_batch(claimed.heard, now=self.made.world.now)

    def hear(self, how: tuple[int, str, bool]) -> None:
        """Some answer to some call ever made, maybe heard by a process that then dies."""
        place, status, crash = how
        if not self.calls:
            return
        asked = self.calls[-1 - place % len(self.calls)]
        fulfilment.hear_batch([self._answer(asked, status)], now=self.made.world.now)
        if crash:
            raise Crash

    def _answer(self, asked: Asked, status: str) -> Heard:
        cards: tuple[Card, ...] = ()
        if status == "succeeded" and asked.purchase.kind == "card":
            self.cards += self.cards % 7 != 6  # now and then a card comes twice
            cards = (Card(f"CARD-{self.cards}"),)
        reading = Reading(
            "unknown" if status == "unreachable" else status,  # type: ignore[arg-type]
            status, reference="S1", cards=cards,
            refunded_fen=7000 if status == "refunded" else None,
        )  # fmt: skip
        return Heard(
            asked.attempt_id, asked.order_id, reading, asked.how, asked.fence,
            left_house=status != "unreachable",
        )  # fmt: skip

    def hold(self, nth: int) -> None:
        if self.orders:
            self.made.world.hold(self.orders[nth % len(self.orders)])

    def release(self, nth: int) -> None:
        if self.orders:
            self.made.world.release(self.orders[nth % len(self.orders)])

    def refund(self, nth: int) -> None:
        if not self.orders:
            return
        order = self.made.world.again(self.orders[nth % len(self.orders)])
        try:
            with transaction.atomic():
                self.made.world.refund(order)
        except orders.AttemptOpen:
            open_one = Attempt.everywhere.get(pk=order.attempt_id)
            assert open_one.state in ASKED | {"planned"}

    def call_off(self, nth: int) -> None:
        if self.orders:
            order = self.orders[nth % len(self.orders)]
            fulfilment.call_off(order_id=order.pk, actor=OPERATOR, now=self.made.world.now)

    def dates(self, _how: None) -> None:
        now = self.made.world.now
        fulfilment.replan_overdue(now=now)
        fulfilment.cut_off_due(now=now)
        fulfilment.pass_claim_dates(now=now)

    def later(self, seconds: int) -> None:
        self.made.world.now += timedelta(seconds=seconds)

    def laws(self) -> None:
        """No code after a refund, one outcome, and nothing failed that nobody said failed."""
        for order in Order.everywhere.filter(pk__in=[order.pk for order in self.orders]):
            delivered = Delivery.everywhere.filter(pk=order.pk).exists()
            assert delivered == (order.state == "delivered")
            if order.state in ("refund_owed", "refunded"):
                assert not queries.codes_of(order.pk)
                assert not Code.everywhere.filter(order_id=order.pk).exists()
        for attempt in Attempt.everywhere.filter(state="failed", sent_at__isnull=False):
            said = AttemptEvent.everywhere.filter(attempt_id=attempt.pk)
            words = set(said.values_list("status", flat=True))
            reasons = ("unreachable", "not_sent", "called_off")
            assert words & {"failed", "refunded", "absent"} or attempt.reason in reasons


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=5, max_size=20))
def test_whatever_is_said_whenever(world: World, steps: list[tuple[str, object]]) -> None:
    with transaction.atomic():
        made = supplied.build(world)
        began = world.now
        try:
            made.supplier("kasushou", cut_off_s=3000, cut_off_policy="elsewhere")
            made.supplier("dujiao_next", rank=1, cut_off_s=3000, cut_off_policy="refund")
            story = Story(made)
            for what, how in [("buy", True), ("plan", None), ("send", False), *steps]:
                story.step(what, how)
            assert world.in_order()
        finally:
            made.close()
            world.now = began
            transaction.set_rollback(True)


@pytest.mark.parametrize("status", SAID)
def test_every_word_alone(world: World, status: str) -> None:
    made = supplied.build(world)
    try:
        made.supplier("kasushou")
        story = Story(made)
        for what, how in (
            ("buy", True), ("plan", None), ("send", False), ("hear", (0, status, False)),
        ):  # fmt: skip
            story.step(what, how)
        assert world.in_order()
    finally:
        made.close()
