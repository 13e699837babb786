"""Money goes back by the channel it came by, once, whatever the channel answers and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from daoda.kit import http
from daoda.records.journal import queries as journal
from daoda.records.promises import queries as promises
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel, Refund
from daoda.trade.payments.rules.refunds import CUT_OFF, LEASE
from tests.flows.bank import Bank, opened, told
from tests.flows.world import OPERATOR, World, stands

pytestmark = pytest.mark.slow

FINANCE, MACHINE = "department:finance", "machine:refund"
PRICE = 9800


@pytest.fixture(params=["sandbox", "alipay", "wechatpay", "stripe"])
def asking(request, world) -> Iterator[Bank]:
    """A channel that can be asked about refunds."""
    with opened(world, request.param) as bank:
        yield bank
        assert world.in_order()


@pytest.fixture
def sandbox(world) -> Iterator[Bank]:
    with opened(world, "sandbox") as bank:
        yield bank
        assert world.in_order()


@pytest.fixture
def epay(world) -> Iterator[Bank]:
    with opened(world, "epay", refunds="whole") as bank:
        yield bank
        assert world.in_order()


def done_once(bank: Bank, refund: Refund) -> None:
    refund.refresh_from_db()
    assert refund.state == "confirmed"
    assert [one["state"] for one in bank.held(refund)] == ["done"]
    assert bank.world.books() == {}
    assert refund.order is not None
    assert bank.world.again(refund.order).state == "refunded"
    kinds = [fact.kind for fact in journal.history(refund.order.pk)]
    assert kinds.count("payment.refunded") == 1


def test_what_is_owed_is_sent_and_booked_when_the_channel_says_it_is_done(asking):
    refund = asking.owed()
    assert stands(refund) == ("owed", "refund", MACHINE)
    asking.work(refund)
    done_once(asking, refund)
    assert told(refund) == ["sent", "answered confirmed"]
    assert [each.how for each in promises.story(refund.pk)] == ["kept"]
    asking.work(refund, turns=2)
    assert [one["sends"] for one in asking.held(refund)] == [1]


@pytest.mark.parametrize("play", ["silent", "broken"])
def test_an_answer_that_never_came_is_asked_for_and_not_sent_again(asking, play):
    refund = asking.owed(play)
    asking.work(refund)
    assert (refund.state, refund.said) == ("unknown", "unknown")
    least_s = payments.adapter_of(asking.channel).capability.refund_earliest_query_s
    assert refund.next_at >= refund.sent_at + timedelta(seconds=least_s)
    asking.work(refund)
    done_once(asking, refund)
    assert [one["sends"] for one in asking.held(refund)] == [1]


def test_what_the_channel_never_got_is_sent_again_under_the_same_number(asking):
    refund = asking.owed("lost")
    asking.work(refund)
    asking.work(refund)
    assert (refund.state, refund.said) == ("unknown", "absent")
    asking.work(refund)
    done_once(asking, refund)
    assert refund.sends == 2
    (one,) = asking.held(refund)
    assert (one["number"], one["amount_fen"]) == (refund.pk.hex, PRICE)


def test_what_takes_a_while_is_asked_about_until_it_is_done(sandbox):
    refund = sandbox.owed("later")
    sandbox.work(refund)
    assert (refund.state, refund.said, refund.owner) == ("sent", "processing", MACHINE)
    sandbox.work(refund, turns=2)
    done_once(sandbox, refund)


def test_what_is_refused_after_a_while_goes_to_a_person(sandbox):
    refund = sandbox.owed("slow_no")
    sandbox.work(refund, turns=3)
    assert stands(refund) == ("failed", "refund", FINANCE)


def test_a_channel_that_contradicts_itself_moves_money_once(sandbox):
    refund = sandbox.owed("flicker")
    sandbox.work(refund, turns=2)
    assert (refund.state, refund.said) == ("unknown", "absent")
    sandbox.work(refund, turns=2)
    done_once(sandbox, refund)


def test_a_refusal_goes_to_finance_with_its_reason_and_is_sent_again_after_correction(asking):
    refund = asking.owed("refuse")
    given = refund.promised_at
    asking.work(refund)
    assert stands(refund) == ("failed", "refund", FINANCE)
    assert refund.detail
    assert refund.promised_at == given, "the date the buyer was given stands"
    asking.work(refund, turns=3)
    assert refund.sends == 1, "nothing is sent again by itself"
    with pytest.raises(ValueError, match="reason"):
        payments.retry_refund(refund_id=refund.pk, reason=" ", actor=OPERATOR, now=asking.world.now)
    for expected in (True, False):
        assert expected is payments.retry_refund(
            refund_id=refund.pk, reason="topped up", actor=OPERATOR, now=asking.world.now
        )
    asking.work(refund)
    done_once(asking, refund)
    assert "retried" in told(refund)


def test_a_channel_that_denies_what_it_did_is_found_out_when_it_is_asked(asking):
    refund = asking.owed("deny")
    asking.work(refund)
    assert refund.state == "failed"
    asking.world.later(minutes=1)
    assert payments.ask_refund(refund_id=refund.pk, now=asking.world.now)
    asking.work(refund)
    done_once(asking, refund)


def test_what_stays_unknown_is_a_persons_at_the_cut_off_and_is_asked_about_still(sandbox):
    refund = sandbox.owed("silent")
    sandbox.work(refund)
    sandbox.played.fall_silent()
    while refund.owner == MACHINE:
        sandbox.work(refund)
        assert refund.state == "unknown"
    assert stands(refund) == ("unknown", "refund", FINANCE)
    assert refund.cut_off_at <= sandbox.world.now < refund.cut_off_at + timedelta(hours=1)
    assert refund.cut_off_at == refund.sent_at + CUT_OFF
    assert "handed" in told(refund)
    sandbox.played.speak()
    sandbox.work(refund)
    done_once(sandbox, refund)
    assert refund.sends == 1


def test_a_person_who_has_it_is_not_run_over_by_the_machine(sandbox):
    refund = sandbox.owed("lost")
    sandbox.played.fall_silent()
    while refund.owner == MACHINE:
        sandbox.work(refund)
    sandbox.played.speak()
    sandbox.work(refund, turns=3)
    assert (refund.said, refund.sends) == ("absent", 1), "it says so, and nothing is sent"
    assert sandbox.world.confirm(refund, "by hand 7")
    sandbox.work(refund, turns=2)
    assert sandbox.held(refund) == []
    assert (refund.state, refund.reference) == ("confirmed", "by hand 7")


def test_a_notice_of_the_channel_only_makes_us_ask(asking):
    refund = asking.owed("silent")
    asking.work(refund)
    refund.refresh_from_db()
    asking.world.later(seconds=1)
    asking.tells_of(refund)
    refund.refresh_from_db()
    assert (refund.state, refund.next_at) == ("unknown", asking.world.now)
    payments.refund_batch(now=asking.world.now)
    refund.refresh_from_db()
    assert refund.state == "unknown", "it is not asked sooner than it allows"
    asking.work(refund)
    done_once(asking, refund)


def test_a_notice_of_a_refund_that_never_was_changes_nothing(sandbox):
    sandbox.world.stock_up("A")
    order = sandbox.bought()
    assert sandbox.world.refund(order)
    (refund,) = sandbox.world.refunds(order)
    sandbox.tells_of(refund)
    refund.refresh_from_db()
    assert refund.state == "owed"


def test_a_worker_that_dies_leaves_what_was_perhaps_sent_to_be_asked_about(asking, monkeypatch):
    refund = asking.owed("do")
    real = http.send_all

    def die_after(calls):
        real(calls)
        raise SystemExit

    monkeypatch.setattr(http, "send_all", die_after)
    with pytest.raises(SystemExit):
        payments.refund_batch(now=asking.world.now)
    monkeypatch.undo()
    refund.refresh_from_db()
    assert (refund.state, refund.said) == ("sent", "")
    assert payments.refund_batch(now=asking.world.now) == 0, "its lease holds"
    assert not asking.world.confirm(refund), "nobody takes it while a worker may be at it"
    asking.world.later(seconds=LEASE.total_seconds() + 1)
    asking.work(refund)
    done_once(asking, refund)
    assert [one["sends"] for one in asking.held(refund)] == [1]
    assert "lapsed" in told(refund)


def test_an_answer_after_the_lease_is_not_taken(sandbox, monkeypatch):
    refund = sandbox.owed("silent")
    real = http.send_all

    def slowly(calls):
        answers = real(calls)
        monkeypatch.undo()
        sandbox.world.later(seconds=LEASE.total_seconds() + 1)
        payments.refund_batch(now=sandbox.world.now)
        return answers

    monkeypatch.setattr(http, "send_all", slowly)
    payments.refund_batch(now=sandbox.world.now)
    done_once(sandbox, refund)
    assert told(refund)[-1] == "answered confirmed"


def test_a_gateway_without_a_query_sends_once_and_leaves_doubt_to_a_person(epay):
    refund = epay.owed("silent")
    epay.work(refund)
    assert stands(refund) == ("unknown", "refund", FINANCE)
    assert refund.next_at is None
    epay.work(refund, turns=2)
    assert refund.sends == 1
    assert epay.world.confirm(refund, "seen on its page")
    done_once(epay, refund)


def test_a_gateway_that_can_gives_back_by_itself(epay):
    refund = epay.owed("do")
    epay.work(refund)
    done_once(epay, refund)


def test_a_gateway_that_cannot_leaves_it_to_a_person_with_the_date(world):
    with opened(world, "epay") as bank:
        refund = bank.owed()
        given = refund.promised_at
        bank.work(refund)
        assert stands(refund) == ("owed", "refund", FINANCE)
        assert (refund.promised_at, refund.next_at, refund.sends) == (given, None, 0)
        assert bank.world.confirm(refund, "bank transfer")
        assert world.in_order()


def test_a_channel_that_is_broken_stops_no_other(sandbox):
    world = sandbox.world
    refund = sandbox.owed()
    world.channel = world.another_channel("other")
    world.stock_up("B")
    stuck = world.place(contact="other@example.cn")
    world.receive(world.notice(world.start(stuck)))
    payments.settle_batch(now=world.now)
    assert world.refund(stuck)
    Channel.everywhere.filter(pk=world.channel.pk).update(config=b"broken")
    sandbox.work(refund)
    done = Refund.everywhere.get(pk=refund.pk)
    assert done.state == "confirmed"
    (handed,) = world.refunds(stuck)
    assert stands(handed) == ("owed", "refund", FINANCE)


def test_the_date_passes_and_finance_has_it_while_the_machine_goes_on(sandbox):
    refund = sandbox.owed("later")
    sandbox.work(refund)
    assert refund.said == "processing"
    sandbox.world.now = refund.promised_at
    sandbox.world.pass_dates()
    refund.refresh_from_db()
    assert stands(refund) == ("sent", "refund", FINANCE)
    assert [each.how for each in promises.story(refund.pk)] == ["broken", None]
    sandbox.work(refund, turns=2)
    done_once(sandbox, refund)


def test_a_part_of_what_was_delivered_goes_back_out_of_what_was_earned(sandbox):
    world = sandbox.world
    world.stock_up("A")
    order = sandbox.bought()
    world.work()
    assert world.again(order).state == "delivered"

    def give(fen: int, cause: str):
        return payments.refund_part(
            order_id=order.pk, amount_fen=fen, reason="goodwill", cause=cause, actor=OPERATOR,
            now=world.now,
        )  # fmt: skip

    first = give(1000, "a")
    assert give(1000, "a") == first, "the same decision is made once"
    assert give(1000, "b") != first
    assert world.books() == {
        "channel_cash": PRICE, "revenue": PRICE, "refunds": 2000, "owed_to_buyers": 2000,
    }  # fmt: skip
    with pytest.raises(payments.NotGivenBack) as refused:
        give(PRICE, "c")
    assert (refused.value.why, refused.value.left_fen) == ("too_much", PRICE - 2000)
    sandbox.work()
    assert [each.state for each in world.refunds(order)] == ["confirmed", "confirmed"]
    assert world.again(order).state == "delivered"
    assert world.books() == {"channel_cash": PRICE - 2000, "revenue": PRICE, "refunds": 2000}
    give(PRICE - 2000, "rest")
    sandbox.work()
    assert world.books() == {"revenue": PRICE, "refunds": PRICE}


def test_no_part_goes_back_of_what_is_not_delivered(sandbox):
    order = sandbox.bought(variant=sandbox.world.plan)
    with pytest.raises(payments.NotGivenBack, match="not_delivered"):
        payments.refund_part(
            order_id=order.pk, amount_fen=1, reason="x", cause="x", actor=OPERATOR,
            now=sandbox.world.now,
        )  # fmt: skip


def test_the_database_lets_no_more_go_back_than_came_and_no_refund_change(sandbox):
    refund = sandbox.owed()
    with pytest.raises(IntegrityError, match="no_more_back_than_came"), transaction.atomic():
        Refund.everywhere.create(
            shop_id=refund.shop_id, receipt_id=refund.receipt_id, amount_fen=1, currency="CNY",
            reason="more", owed_at=refund.owed_at, state="owed", node="refund", owner="x",
            promised_at=refund.promised_at, promise_id=refund.promise_id,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="keeps its number"), transaction.atomic():
        Refund.everywhere.filter(pk=refund.pk).update(amount_fen=1)


def test_a_world_of_refunds_ends_with_every_fen_in_its_place(world: World):
    with opened(world, "sandbox") as bank:
        plays = ["do", "silent", "lost", "broken", "later", "slow_no", "refuse", "deny",
                 "flicker", "twice"]  # fmt: skip
        refunds = [bank.owed(play) for play in plays]
        for _ in range(40):
            world.later(seconds=30)
            bank.work()
        for refund in refunds:
            refund.refresh_from_db()
            if refund.state == "failed":
                assert refund.owner == FINANCE
        done = [refund for refund in refunds if refund.state == "confirmed"]
        assert len(done) == len(plays) - 3
        held = sum(1 for refund in refunds for one in bank.held(refund) if one["state"] == "done")
        assert held == len(done) + 1, "what was denied and done is a person's to find out"
        assert world.in_order()
