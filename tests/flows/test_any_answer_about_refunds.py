"""Any answer at any time, people in between, and workers that die: money goes back once.

A channel of plain values stands behind the adapter's own words. It moves money at most once a
number, says what it likes in between, and our workers die where they like. After every step every
law is asked; in the end what we call confirmed is what it moved, or what a person sent by hand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.kit import http
from daoda.proving.simulators.sandbox import SandboxVendor
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Receipt, Refund
from tests.flows.world import KEY, OPERATOR, World

pytestmark = pytest.mark.slow

SAYS = ["done", "done", "processing", "failed", "absent", "silence", "error", "forged", "other",
        "odd"]  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("turn"), st.sampled_from(SAYS), st.booleans()),
    st.tuples(st.just("dies"), st.sampled_from(SAYS), st.booleans()),
    st.tuples(st.just("later"), st.sampled_from(["5", "61", "7300", "90000"]), st.booleans()),
    st.tuples(st.just("person"), st.sampled_from(["confirm", "retry", "ask", "part"]),
              st.booleans()),
    st.tuples(st.just("sweep"), st.just(""), st.booleans()),
)  # fmt: skip


class Dies(Exception):
    """The process ends between its call and whatever it would have written."""


@dataclass
class Channel:
    """What was sent to it, by number, and what it moved."""

    world: World
    says: str = "done"
    moves: bool = True
    dies: bool = False
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)

    def send_all(self, calls: Sequence[http.Call]) -> list[http.Answer | http.NoAnswer]:
        answers = [self._answer(json.loads(call.body)) for call in calls]
        if self.dies:
            raise Dies
        return answers

    def _answer(self, asked: dict[str, Any]) -> http.Answer | http.NoAnswer:
        number = asked["number"]
        if asked["kind"] == "refund":
            first = self.asked.setdefault(number, asked)
            assert first["amount_fen"] == asked["amount_fen"], "the same amount on every try"
        # Nothing is moved while it says no: that would be for the bill to find.
        if number in self.asked and self.moves and self.says not in ("failed", "absent"):
            self.moved.add(number)
        return self._said(asked, number)

    def _said(self, asked: dict[str, Any], number: str) -> http.Answer | http.NoAnswer:
        says = self.says
        if number in self.moved and says in ("failed", "absent"):
            says = "done"  # it does not deny what it has moved
        if says == "done" and number not in self.moved:
            says = "processing"  # nor claims what it has not
        if says == "silence":
            return http.NoAnswer("Timeout")
        if says == "error":
            return http.Answer(502, {}, b"<html>")
        sent = self.asked.get(number, {"amount_fen": 1, "currency": "CNY", "payment": "x"})
        body = {
            "kind": "answer", "about": asked["kind"], "merchant": "m-1", "number": number,
            "status": "in_a_way" if says == "odd" else says, "payment": sent["payment"],
            "amount_fen": sent["amount_fen"] + (says == "other"), "currency": sent["currency"],
        }  # fmt: skip
        if says == "other":
            body["status"] = "done"
        key = "x" * 40 if says == "forged" else KEY
        headers, raw = SandboxVendor({"merchant": "m-1", "key": key}).seal(body, self.world.now)
        return http.Answer(200, headers, raw)


def act(world: World, channel: Channel, step: tuple[str, str, bool]) -> set[str]:
    """One step; the numbers that a person says she has sent by hand."""
    kind, what, flag = step
    if kind in ("turn", "dies"):
        channel.says, channel.moves, channel.dies = what, flag, kind == "dies"
        with suppress(Dies):
            payments.refund_batch(now=world.now, limit_rows=2)
    elif kind == "later":
        world.later(seconds=float(what))
    elif kind == "sweep":
        world.pass_dates()
    else:
        return person(world, what)
    return set()


def person(world: World, what: str) -> set[str]:
    for refund in Refund.everywhere.exclude(state="confirmed").order_by("pk")[:2]:
        if what == "confirm" and refund.owner != "machine:refund":
            if world.confirm(refund, "by hand"):
                return {refund.pk.hex}
        elif what == "retry":
            payments.retry_refund(refund_id=refund.pk, reason="x", actor=OPERATOR, now=world.now)
        elif what == "ask":
            payments.ask_refund(refund_id=refund.pk, now=world.now)
    if what == "part":
        delivered = Receipt.everywhere.filter(payment__order__state="delivered").first()
        if delivered is not None and delivered.payment is not None:
            with suppress(payments.NotGivenBack):
                payments.refund_part(
                    order_id=delivered.payment.order_id, amount_fen=3000, reason="goodwill",
                    cause=f"c{Refund.everywhere.count()}", actor=OPERATOR, now=world.now,
                )  # fmt: skip
    return set()


def test_money_goes_back_once_whatever_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stock_up("A", "B", "C")
    delivered = world.pay(world.place())
    fulfilment.deliver_batch(now=world.now)
    for order in (world.pay(world.place()), world.pay(world.place(), amount_fen=9900)):
        assert world.refund(order)
    assert world.again(delivered).state == "delivered"

    @settings(
        max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(steps=st.lists(STEPS, min_size=3, max_size=20))
    def any_day(steps: list[tuple[str, str, bool]]) -> None:
        with transaction.atomic():
            day = replace(world)
            channel = Channel(day)
            monkeypatch.setattr(http, "send_all", channel.send_all)
            by_hand: set[str] = set()
            for step in steps:
                by_hand |= act(day, channel, step)
                assert day.in_order(), step
            finish(day, channel)
            agree(day, channel, by_hand)
            transaction.set_rollback(True)

    any_day()


def finish(day: World, channel: Channel) -> None:
    """The channel comes to its senses; what the machine still has ends, or is a person's."""
    channel.says, channel.moves, channel.dies = "done", True, False
    for _ in range(14):
        day.later(seconds=3601)
        payments.refund_batch(now=day.now)
    assert day.in_order()
    for refund in Refund.everywhere.filter(owner="machine:refund"):
        raise AssertionError(f"{refund.state} {refund.said} is still the machine's")


def agree(day: World, channel: Channel, by_hand: set[str]) -> None:
    for refund in Refund.everywhere.all():
        moved, sent = refund.pk.hex in channel.moved, refund.pk.hex in by_hand
        if refund.state == "confirmed":
            assert moved or sent, "nothing is called back that went nowhere"
        if moved and refund.state != "confirmed":
            assert refund.owner == "department:finance", "a person has what is not settled"
    came = sum(Receipt.everywhere.values_list("amount_fen", flat=True))
    books = day.books()
    kept = books.get("owed_to_buyers", 0) + books.get("revenue", 0) - books.get("refunds", 0)
    back = sum(Refund.everywhere.filter(state="confirmed").values_list("amount_fen", flat=True))
    assert back + kept == came, "refunds confirmed, held and delivered are what was captured"
