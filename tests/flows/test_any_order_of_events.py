"""Orders, notices, stock, people and dates in any order, with a crash at any statement.

A state machine drives the house by its verbs in one rolled-back world. What the channel has sent
may arrive late, again, and in any order; any verb may die at any statement it sends. After every
step every law is asked of all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit import sql
from daoda.trade.orders import actions as orders
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Notice, Payment, Receipt, Refund
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code, Quarantine
from tests.flows.world import OPERATOR, World

T = TypeVar("T")
pytestmark = pytest.mark.slow
WHICH = st.integers(0, 1000)
# What the worker happens to do next.
TURNS = st.sampled_from([[], ["settle"], ["settle", "deliver"], ["settle", "deliver", "heal"]])


class Crash(Exception):
    """The process dies here: whatever was not committed is gone."""


@dataclass(frozen=True)
class Sent:
    """Something the channel says, and says again until it is answered."""

    number: str
    trade_no: str
    event: str
    amount_fen: int
    currency: str


class House(RuleBasedStateMachine):
    """One shop, a few buyers, a channel that repeats itself, and workers that die."""

    world_at_start: World
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self._inside = transaction.atomic()
        self._inside.__enter__()
        self.world = replace(self.world_at_start)
        self.world.coupon("HALF", uses_max=3)
        self.world.stock_up("first-1", "first-2", "first-3")
        self.codes = 0
        self.dies_after: int | None = None
        self.payments: list[Payment] = []
        self.sent: list[Sent] = []
        self.told: dict[str, Sent] = {}
        for name in ("rows", "count"):
            self.monkeypatch.setattr(sql, name, self._mortal(getattr(sql, name)))
        self.order(2, by_hand=False, coupon=False, who=0, opens=2)
        self.order(1, by_hand=False, coupon=True, who=1, opens=1)
        self.order(1, by_hand=True, coupon=True, who=2, opens=1)

    def teardown(self) -> None:
        try:
            self._wind_down()
        finally:
            self.monkeypatch.undo()
            transaction.set_rollback(True)
            self._inside.__exit__(None, None, None)

    # Few rules with many plays: hypothesis leaves whole rules out of an example.

    @rule(
        quantity=st.integers(1, 3),
        by_hand=st.booleans(),
        coupon=st.booleans(),
        who=WHICH,
        opens=st.integers(1, 2),
    )
    def order(self, quantity: int, by_hand: bool, coupon: bool, who: int, opens: int) -> None:
        """Somebody orders and opens the channel's page, perhaps in two windows."""
        variant = self.world.plan if by_hand else self.world.steam
        placed = self._try(
            lambda: self.world.place(
                quantity,
                variant=variant,
                coupon_code="HALF" if coupon else "",
                contact=f"buyer{who % 3}@example.cn",
            )
        )
        if placed is not None:
            self.payments += [self.world.start(placed) for _ in range(opens)]

    @rule(
        which=WHICH,
        share=st.sampled_from([1.0, 1.0, 1.0, 1.0, 0.5, 1.01, 2.0]),
        currency=st.sampled_from(["CNY"] * 7 + ["USD"]),
        number=st.sampled_from([""] * 7 + ["f" * 32]),
        told_at_once=st.booleans(),
        then=TURNS,
    )
    def pay(
        self, which: int, share: float, currency: str, number: str, told_at_once: bool,
        then: Sequence[str],
    ) -> None:  # fmt: skip
        """Money moves at the channel, which tells us at once or some day."""
        if not self.payments:
            return
        payment = self._pick(self.payments, which)
        nth = len(self.sent)
        amount_fen = max(1, int(payment.amount_fen * share))
        said = Sent(number or payment.pk.hex, f"T{nth}", f"E{nth}", amount_fen, currency)
        self.sent.append(said)
        if told_at_once:
            self._receive([said])
        self._turns(then)

    @precondition(lambda self: self.sent)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), another_event=st.booleans(), then=TURNS)
    def tell_again(self, which: list[int], another_event: bool, then: Sequence[str]) -> None:
        said = [self._pick(self.sent, one) for one in which]
        if another_event:
            said = [replace(one, event=f"{one.event}-again") for one in said]
        self._receive(said)
        self._turns(then)

    @rule(plays=st.lists(st.sampled_from(["settle", "deliver", "heal", "sweep"]), min_size=1))
    def work(self, plays: list[str]) -> None:
        """The worker takes some turns."""
        self._turns(plays)

    @rule(play=st.sampled_from(["cancel", "refund", "refund", "hold", "release"]), which=WHICH)
    def decide_on_an_order(self, play: str, which: int) -> None:
        if found := list(Order.everywhere.order_by("placed_at", "pk")):
            self._try(lambda: getattr(self.world, play)(self._pick(found, which)))

    @rule(play=st.sampled_from(["hand_over", "send_back", "match", "vouch"]), which=WHICH)
    def do_what_waits_for_a_person(self, play: str, which: int) -> None:
        rows: dict[str, Any] = {
            "hand_over": Order.everywhere.filter(state="in_hand"),
            "send_back": Refund.everywhere.all(),
            "match": Notice.everywhere.filter(state__in=["unmatched", "settled"]),
            "vouch": Notice.everywhere.filter(state__in=["unmatched", "settled"]),
        }
        verbs: dict[str, Callable[[Any], object]] = {
            "hand_over": self._hand_over,
            "send_back": self.world.confirm,
            "match": self.world.match,
            "vouch": self._vouch,
        }
        if found := list(rows[play].order_by("pk")):
            self._try(lambda: verbs[play](self._pick(found, which)))

    @rule(play=st.sampled_from(["import", "import", "quarantine", "void", "good", "bad"]),
          which=WHICH)  # fmt: skip
    def change_the_shelf(self, play: str, which: int) -> None:
        if play == "import":
            self.codes += 3
            texts = [f"code-{self.codes - nth}" for nth in range(1 + which % 3)]
            self._try(lambda: self.world.stock_up(*texts))
        elif play in ("good", "bad"):
            self._inspect(which, "returned" if play == "good" else "voided")
        elif found := list(Code.everywhere.filter(place="shelf").order_by("pk")):
            self._try(
                lambda: getattr(stock, play)(
                    code_ids=[row.pk for row in found[: 1 + which % 3]], reason="odd",
                    actor=OPERATOR, now=self.world.now,
                )
            )  # fmt: skip

    @rule(seconds=st.sampled_from([1.0, 30.0, 200.0, 901.0, 3601.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.later(seconds=seconds)

    @rule(
        statements=st.integers(0, 25), play=st.sampled_from(["settle", "deliver", "heal", "sweep"])
    )
    def a_worker_dies(self, statements: int, play: str) -> None:
        self.dies_after = statements
        self._turns([play])

    @rule(statements=st.integers(0, 25))
    def whoever_is_next_dies(self, statements: int) -> None:
        self.dies_after = statements

    @invariant()
    def everything_is_in_order(self) -> None:
        assert self.world.in_order()

    @invariant()
    def what_the_channel_holds_is_what_it_told_of(self) -> None:
        came = {
            trade: fen for trade, fen in Receipt.everywhere.values_list("trade_no", "amount_fen")
        }
        assert came == {trade: self.told[trade].amount_fen for trade in came}

    def _wind_down(self) -> None:
        """Whatever happened, the worker finishes, and every fen told of has its receipt."""
        self.dies_after = None
        self.world.later(seconds=61)  # leases of dead workers end
        while stock.work_on_import(now=self.world.now):
            pass
        self.world.work()
        self._sweep()
        assert self.world.in_order()
        assert not Notice.everywhere.filter(state__in=["received", "confirming"]).exists()
        assert set(Receipt.everywhere.values_list("trade_no", flat=True)) == set(self.told)
        assert not Order.everywhere.filter(promised_at__lte=self.world.now).exists()

    def _turns(self, plays: Sequence[str]) -> None:
        now = self.world.now
        turns: dict[str, Callable[[], object]] = {
            "settle": lambda: payments.settle_batch(now=now, limit_rows=2),
            "deliver": lambda: fulfilment.deliver_batch(now=now, limit_rows=2),
            "heal": lambda: fulfilment.heal_shortage(now=now),
            "sweep": self._sweep,
        }
        for play in plays:
            self._try(turns[play])
            assert self.world.in_order(), play

    def _sweep(self) -> None:
        self.world.pass_dates()
        stock.pass_import_dates(now=self.world.now)
        stock.pass_inspection_dates(now=self.world.now)
        stock.void_expired(now=self.world.now)
        stock.warn_low(now=self.world.now)

    def _try(self, act: Callable[[], T]) -> T | None:
        """Let a verb do its work, be refused, or die on the way; None unless it did."""
        try:
            return act()
        except (Crash, orders.OrderRefused, fulfilment.NotInHand):
            return None
        finally:
            self.dies_after = None

    def _mortal(self, statement: Callable[..., T]) -> Callable[..., T]:
        def run(*args: Any, **named: Any) -> T:
            if self.dies_after is not None:
                if self.dies_after == 0:
                    raise Crash
                self.dies_after -= 1
            return statement(*args, **named)

        return run

    def _receive(self, said: Sequence[Sent]) -> None:
        if self._try(lambda: self.world.receive(*map(self._sealed, said))) is not None:
            self.told |= {one.trade_no: one for one in said}

    def _sealed(self, said: Sent) -> Any:
        return self.world.notice(
            said.number,
            amount_fen=said.amount_fen,
            trade_no=said.trade_no,
            event=said.event,
            currency=said.currency,
        )

    def _hand_over(self, order: Order) -> None:
        fulfilment.deliver_by_hand(
            order_id=order.pk, text="done", actor=OPERATOR, now=self.world.now
        )

    def _vouch(self, notice: Notice) -> bool:
        return payments.vouch_for_notice(
            notice_id=notice.pk, reason="seen", actor=OPERATOR, now=self.world.now
        )

    def _inspect(self, which: int, verdict: Any) -> None:
        if found := list(Quarantine.everywhere.filter(state="inspecting").order_by("pk")):
            self._try(
                lambda: stock.end_quarantine(
                    quarantine_id=self._pick(found, which).pk, verdict=verdict, actor=OPERATOR,
                    now=self.world.now,
                )
            )  # fmt: skip

    def _pick(self, some: Sequence[T], which: int) -> T:
        return some[which % len(some)]


def test_any_order_of_events_keeps_every_law(world, monkeypatch):
    House.world_at_start, House.monkeypatch = world, monkeypatch
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=12,
            stateful_step_count=150,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
