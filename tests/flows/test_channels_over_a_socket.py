"""Real protocols over real sockets: a played channel tells the door of a running web process."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from daoda.proving.simulators.epay_gateway import EpayVendor
from daoda.records.promises import queries as promises
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice as Told
from daoda.trade.payments.models import Channel, Notice, Payment
from daoda.trade.payments.rules import CONFIRM_TRIES_MAX
from tests.flows.town import Played, Town, open_payment, until
from tests.flows.world import stands

FINANCE, TECHNICAL = "department:finance", "department:technical"


class Street:
    """One played channel, the shop's channel to it, and the town they stand in."""

    def __init__(self, town: Town, played: Played) -> None:
        if not town.port:
            town.open_web()
        self.town, self.world, self.played = town, town.world, played
        self.channel: Channel = played.channel(town.world)

    def order(self) -> tuple[Order, Payment]:
        """Li Lei orders a membership and opens the pay page."""
        self.town.now()
        order = self.world.place(variant=self.world.plan)
        return order, open_payment(self.town, self.played, self.channel, order)

    def play(self, payment: Payment, do: str, *, notices: int = 1, **more: object) -> list[Notice]:
        """Something happens at the channel; the notices that reached us for it."""
        known = set(Notice.everywhere.values_list("pk", flat=True))
        self.played.play(payment, do, **more)

        def new() -> list[Notice] | None:
            found = list(Notice.everywhere.exclude(pk__in=known).order_by("received_at", "pk"))
            return found if len(found) >= notices else None

        found: list[Notice] = until(new, what=f"{notices} notices of {do}")
        self.town.now()
        return found

    def confirm(self) -> None:
        """The worker asks the channel whatever it has to ask now."""
        payments.confirm_batch(now=self.world.now)

    def accepted(self, payment: Payment) -> bool:
        """Whether the channel has heard the answer that ends its repeats."""
        return bool(
            until(
                lambda: all(event["accepted"] for event in self.played.trade(payment)["events"]),
                what="the channel is answered as it wants",
            )
        )

    def state(self, order: Order) -> str:
        return self.world.again(order).state


@pytest.fixture(scope="module")
def alipay(town, play) -> Street:
    return Street(town, play("alipay"))


@pytest.fixture(scope="module")
def epay(town, play) -> Street:
    return Street(town, play("epay"))


@pytest.fixture(autouse=True)
def in_order_afterwards(town: Town):
    yield
    town.world.work()
    assert town.world.in_order()


@pytest.mark.parametrize(
    ("do", "outcomes", "state", "refunds"),
    [
        ("pay", ["paid"], "in_hand", []),
        ("repeat", ["paid"], "in_hand", []),
        ("twice", ["paid", "paid_twice"], "in_hand", ["paid_twice"]),
        ("under", ["underpaid"], "awaiting_payment", ["underpaid"]),
        ("over", ["overpaid"], "in_hand", ["overpaid"]),
        ("currency", ["wrong_currency"], "awaiting_payment", []),
        ("merchant", ["wrong_merchant"], "awaiting_payment", []),
        ("number", ["unknown_order"], "awaiting_payment", []),
    ],
)
def test_what_alipay_tells_ends_in_its_place(alipay, do, outcomes, state, refunds):
    order, payment = alipay.order()
    notices = alipay.play(payment, do, notices=len(outcomes))
    assert alipay.accepted(payment), "all of these are taken, the channel need not repeat"
    alipay.world.work()
    for notice in notices:
        notice.refresh_from_db()
    assert sorted(notice.outcome for notice in notices) == sorted(outcomes)
    assert alipay.state(order) == state
    assert [refund.reason for refund in alipay.world.refunds(order)] == refunds


def test_a_forged_alipay_notice_is_answered_no_and_stands_with_risk(alipay):
    order, payment = alipay.order()
    (notice,) = alipay.play(payment, "forged")
    assert stands(notice) == ("suspect", "matching", "department:risk")
    until(lambda: alipay.played.trade(payment)["events"][0]["tries"], what="an answer")
    tried = alipay.played.trade(payment)["events"][0]["tries"][0]
    assert (tried["status"], tried["answer"]) == (200, "failure")
    assert alipay.state(order) == "awaiting_payment"


def test_money_that_comes_by_alipay_after_expiry_is_taken(alipay):
    order, payment = alipay.order()
    alipay.world.later(minutes=16)
    alipay.world.pass_dates()
    assert alipay.state(order) == "expired"
    (notice,) = alipay.play(payment, "late", after_s=0)
    alipay.world.work()
    notice.refresh_from_db()
    assert notice.outcome == "paid_late"
    assert alipay.state(order) == "in_hand"


def test_an_epay_notice_releases_nothing_until_the_gateway_has_confirmed_it(epay):
    order, payment = epay.order()
    (notice,) = epay.play(payment, "pay")
    assert epay.accepted(payment), "it is answered at once, before anybody is asked"
    assert stands(notice) == ("confirming", "settling", "machine:confirm")
    epay.world.work()
    assert epay.state(order) == "awaiting_payment"
    epay.confirm()
    epay.world.work()
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("settled", "paid")
    assert epay.state(order) == "in_hand"


def false_notice(street: Street, payment: Payment) -> Notice:
    """Somebody has the merchant's key and signs a payment that never was."""
    keys = street.played.keys["channel"]
    fields = {
        "pid": keys["pid"], "trade_no": f"F{payment.pk.hex[:12]}", "out_trade_no": payment.pk.hex,
        "type": "alipay", "name": "x", "money": "25.00", "trade_status": "TRADE_SUCCESS",
    }  # fmt: skip
    fields |= {"sign": EpayVendor(keys).sign(fields), "sign_type": "MD5"}
    answer = street.town.tell(Told("GET", {}, urlencode(fields), b""), street.channel)
    assert (answer.status, answer.body) == (200, b"success")
    street.town.now()
    return street.world.last_notice()


def test_a_signed_lie_is_never_confirmed_and_ends_with_a_person_by_a_date(epay):
    order, payment = epay.order()
    notice = false_notice(epay, payment)
    assert notice.state == "confirming"
    for _ in range(CONFIRM_TRIES_MAX):
        epay.confirm()
        notice.refresh_from_db()
        epay.world.now = max(epay.world.now, notice.next_try_at)
    assert (notice.state, notice.tries) == ("confirming", CONFIRM_TRIES_MAX)
    epay.world.now = max(epay.world.now, notice.promised_at)
    payments.pass_dates(now=epay.world.now)
    notice.refresh_from_db()
    assert stands(notice) == ("unmatched", "matching", TECHNICAL)
    assert notice.outcome == "not_confirmed"
    assert notice.promised_at == epay.world.now + timedelta(hours=24)
    assert epay.world.match(notice, "no such payment in the account")
    assert epay.state(order) == "awaiting_payment"
    assert epay.world.refunds(order) == []


def test_while_the_gateway_is_silent_nothing_is_concluded_and_then_it_heals(epay):
    order, payment = epay.order()
    (notice,) = epay.play(payment, "pay")
    epay.played.fall_silent()
    epay.confirm()
    notice.refresh_from_db()
    assert (notice.state, notice.tries) == ("confirming", 1)
    assert notice.next_try_at > epay.world.now

    epay.world.later(minutes=11)
    payments.pass_dates(now=epay.world.now)
    notice.refresh_from_db()
    assert stands(notice) == ("confirming", "settling", TECHNICAL), "a person is warned by a date"
    assert notice.promised_at > epay.world.now
    epay.played.speak()
    epay.confirm()
    epay.world.work()
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("settled", "paid")
    assert {each.how for each in promises.story(notice.pk)} == {"kept"}
    assert epay.state(order) == "in_hand"


def test_a_person_vouches_for_money_the_gateway_would_not_confirm(epay):
    order, payment = epay.order()
    (notice,) = epay.play(payment, "pay")
    epay.played.fall_silent()
    for _ in range(CONFIRM_TRIES_MAX):
        epay.confirm()
        notice.refresh_from_db()
        epay.world.now = max(epay.world.now, notice.next_try_at)
    epay.played.speak()
    epay.world.now = max(epay.world.now, notice.promised_at)
    epay.world.pass_dates()
    notice.refresh_from_db()
    assert notice.state == "unmatched"

    def vouch() -> bool:
        return payments.vouch_for_notice(
            notice_id=notice.pk, reason="seen", actor="staff:finance", now=epay.world.now
        )

    assert vouch()
    assert not vouch()
    epay.world.work()
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("settled", "paid_late"), "it expired meanwhile"
    assert epay.state(order) == "in_hand"
    assert not vouch()


def test_of_two_epay_payments_the_unconfirmed_one_goes_to_finance_who_sends_it_back(epay):
    order, payment = epay.order()
    notices = epay.play(payment, "twice", notices=2)
    epay.confirm()
    epay.world.work()
    for notice in notices:
        notice.refresh_from_db()
    first, second = sorted(notices, key=lambda notice: notice.state)
    assert (first.state, first.outcome) == ("settled", "paid")
    assert stands(second) == ("unmatched", "matching", FINANCE)
    assert second.outcome == "other_trade"
    assert epay.state(order) == "in_hand"

    assert payments.vouch_for_notice(
        notice_id=second.pk, reason="seen", actor="staff:finance", now=epay.world.now
    )
    epay.world.work()
    (refund,) = epay.world.refunds(order)
    assert (refund.state, refund.reason) == ("owed", "paid_twice")
    assert epay.world.confirm(refund)


def test_the_gateways_amount_counts_and_not_the_one_in_the_notice(epay):
    order, payment = epay.order()
    keys = epay.played.keys["channel"]
    epay.played.play(payment, "under")
    (trade,) = epay.played.trade(payment)["payments"]
    until(lambda: Notice.everywhere.filter(trade_no=trade["trade_no"]).exists(), what="it")
    lie = {
        "pid": keys["pid"], "trade_no": trade["trade_no"], "out_trade_no": payment.pk.hex,
        "type": "alipay", "name": "x", "money": "25.00", "trade_status": "TRADE_SUCCESS",
    }  # fmt: skip
    lie |= {"sign": EpayVendor(keys).sign(lie), "sign_type": "MD5"}
    epay.town.tell(Told("GET", {}, urlencode(lie), b""), epay.channel)
    epay.town.now()
    epay.confirm()
    epay.world.work()
    assert epay.state(order) == "awaiting_payment"
    assert [refund.reason for refund in epay.world.refunds(order)] == ["underpaid"]
    outcomes = Notice.everywhere.filter(trade_no=trade["trade_no"]).values_list("outcome")
    assert sorted(outcomes) == [("repeat",), ("underpaid",)]
