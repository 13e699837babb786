"""Orders at the desk: found by whatever one has, listed in pages, told whole, acted upon."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from daoda.doors.web.operator.queries import orders as listed
from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.doors.web.staff.tests.world import walked_in
from daoda.kit import ids
from daoda.records.accounts.roles import Role
from daoda.records.persons import actions as persons
from daoda.records.shops.models import Shop, scope
from daoda.trade.orders import actions as orders
from daoda.trade.payments.models import Notice, Payment, Receipt, Refund


def numbers(page: str) -> list[str]:
    return re.findall(r'class="line-number">([0-9A-Z]{5}-[0-9A-Z]{5})<', page)


def test_an_order_is_found_by_its_number_its_payment_and_its_bill(
    operator: Client, world: World
) -> None:
    order = world.buy()
    known = [
        ids.spoken(order.number),
        order.number.lower(),
        Payment.everywhere.get().pk.hex,
        Receipt.everywhere.get().trade_no,
    ]
    for typed in known:
        answer = operator.get(at("orders"), {"q": f" {typed} "})
        assert answer.headers["Location"] == at("order", order.pk), typed


def test_a_contact_finds_all_orders_of_a_person_for_those_who_talk_to_buyers(
    operator: Client, world: World, lamp: Shop
) -> None:
    mine = {ids.spoken(world.place().number), ids.spoken(world.place().number)}
    world.place(contact="other@example.cn")
    page = operator.get(at("orders"), {"q": "LiLei@example.cn "})
    assert set(numbers(page.content.decode())) == mine
    page = walked_in(lamp, "fin", Role.FINANCE).get(at("orders"), {"q": "lilei@example.cn"})
    assert numbers(page.content.decode()) == []


@pytest.mark.parametrize("typed", ["nothing", "0" * 32, "½", "A" * 121, "\0", "' OR 1=1 --"])
def test_what_is_not_found_is_said(operator: Client, world: World, typed: str) -> None:
    world.place()
    assert operator.get(at("orders"), {"q": typed}).status_code == 200


def test_the_list_is_narrowed_by_state_node_and_lateness(operator: Client, world: World) -> None:
    unpaid, arrived = world.place(), world.buy()
    held = world.buy(variant=world.plan)
    orders.hold(order_id=held.pk, reason="account_check", actor="machine:t", now=world.now)
    for query, expected in (
        ({}, [held, arrived, unpaid]),
        ({"state": "open"}, [unpaid, held]),
        ({"state": "delivered"}, [arrived]),
        ({"node": "review"}, [held]),
        ({"node": "review", "late": "on"}, []),
        ({"state": "no such state"}, [held, arrived, unpaid]),
        ({"after": "12-zz"}, [held, arrived, unpaid]),
    ):
        page = operator.get(at("orders"), query).content.decode()
        assert numbers(page) == [ids.spoken(order.number) for order in expected], query


@pytest.mark.parametrize("state", ["", "open"])
def test_pages_go_on_where_they_ended_and_lose_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(listed, "PAGE_ROWS", 3)
    placed = []
    for step in range(8):
        # Two at each moment: the page must not end between equals and lose one.
        if step % 2 == 0:
            world.now += timedelta(seconds=1)
        placed.append(world.place().number)
    seen: list[str] = []
    after = ""
    with scope(world.shop.pk):
        for _page in range(4):
            page = listed.page(listed.Wish(state=state, after=after), now=world.now)
            seen += [line.number for line in page.lines]
            after = page.after
            if not after:
                break
    assert sorted(seen) == sorted(placed)
    assert len(seen) == 8


def test_the_story_tells_where_it_is_who_has_it_and_by_when(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    page = operator.get(at("order", order.pk), headers={"Accept-Language": "en"}).content.decode()
    for told in ("In a person", "Operations department", "Arrives by", "13800138000", "Money"):
        assert told in page, told
    assert "sesame" not in page  # what the buyer typed as a secret stays dots


def test_the_desk_says_the_minute_the_buyer_was_told(operator: Client, world: World) -> None:
    world.now = world.now.replace(second=20, microsecond=5)
    order = world.place()
    assert order.promised_at is not None
    assert order.promised_at.second == 20
    told = timezone.localtime(order.promised_at + timedelta(minutes=1)).strftime("%H:%M")
    for href in (at("order", order.pk), f"{at('orders')}?state=open"):
        page = operator.get(href, headers={"Accept-Language": "en"}).content.decode()
        said = re.findall(r"by\s*<time[^>]*>(\d\d:\d\d)(?!:\d)", page)
        assert said, href
        assert set(said) == {told}, href
    exact = timezone.localtime(order.promised_at).strftime("%H:%M:%S")
    assert (
        f"Exactly: {timezone.localtime(order.promised_at):%Y-%m-%d} {exact}"
        in operator.get(at("order", order.pk), headers={"Accept-Language": "en"}).content.decode()
    )


def test_secrets_are_shown_on_request_only_and_that_is_a_fact(
    operator: Client, world: World
) -> None:
    order = world.buy(variant=world.plan)
    page = operator.post(at("answers", order.pk)).content.decode()
    assert "sesame" in page
    assert "order.answers_shown" in facts(order.pk)


def test_a_contact_is_whole_for_those_who_talk_to_buyers_only(lamp: Shop, world: World) -> None:
    order = world.buy()
    for role, whole in ((Role.AGENT, True), (Role.FINANCE, False), (Role.AUDITOR, False)):
        page = walked_in(lamp, role.value, role).get(at("order", order.pk)).content.decode()
        assert ("lilei@example.cn" in page) is whole, role


def test_a_code_is_revealed_by_those_who_may_and_that_is_a_fact(
    operator: Client, lamp: Shop, world: World
) -> None:
    order = world.buy()
    assert "CODE-0000" not in operator.get(at("order", order.pk)).content.decode()
    assert "CODE-0000" in operator.post(at("reveal", order.pk, 1)).content.decode()
    assert operator.post(at("reveal", order.pk, 2)).status_code == 404
    agent = walked_in(lamp, "an", Role.AGENT)
    assert agent.post(at("reveal", order.pk, 1)).status_code == 403
    page = operator.get(at("order", order.pk), headers={"Accept-Language": "en"}).content.decode()
    assert "A code was shown" in page
    assert "CODE-0000" not in page


def test_an_order_is_held_with_a_reason_and_released(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    refused = operator.post(at("hold", order.pk), {"hold-reason": "own", "hold-department": "risk"})
    assert refused.status_code == 422
    typed = {"hold-reason": "own", "hold-own": "  call  her ", "hold-department": "technical"}
    assert operator.post(at("hold", order.pk), typed).status_code == 302
    held = world.again(order)
    assert (held.state, held.hold_reason, held.owner) == (
        "held", "call her", "department:technical",
    )  # fmt: skip
    assert operator.post(at("hold", order.pk), typed).status_code == 302  # again: nothing moves
    released = operator.post(at("release", order.pk), {"release-reason": "checked_fine"})
    assert released.status_code == 302
    assert world.again(order).state == "in_hand"


def test_the_second_of_two_is_told_that_it_has_moved_on(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    answer = operator.post(at("release", order.pk), {"release-reason": "checked_fine"}, follow=True)
    assert 'role="status"' in answer.content.decode()
    assert world.again(order).state == "in_hand"


def test_a_person_delivers_and_the_buyer_can_read_it(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    assert operator.post(at("delivery", order.pk), {"delivery-text": "  "}).status_code == 422
    assert operator.post(at("delivery", order.pk), {"delivery-text": "Active"}).status_code == 302
    assert world.again(order).state == "delivered"
    assert "Active" in operator.get(at("order", order.pk)).content.decode()


def test_nothing_is_handed_to_a_buyer_who_was_erased(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    persons.erase(person_id=order.person_id, actor="machine:t", now=world.now)
    answer = operator.post(at("delivery", order.pk), {"delivery-text": "Active"})
    assert answer.status_code == 422
    assert world.again(order).state == "in_hand"


def test_an_unpaid_order_is_cancelled(operator: Client, world: World) -> None:
    order = world.place()
    assert operator.post(at("cancellation", order.pk)).status_code == 302
    assert world.again(order).state == "cancelled"


def test_a_refund_is_owed_by_one_and_paid_by_another(lamp: Shop, world: World) -> None:
    order = world.buy(variant=world.plan)
    expert = walked_in(lamp, "ex", Role.EXPERT)
    finance = walked_in(lamp, "fin", Role.FINANCE)
    asked = {"refund-reason": "buyer_asked"}
    assert finance.post(at("order_refund", order.pk), asked).status_code == 403
    assert expert.post(at("order_refund", order.pk), asked).status_code == 302
    refund = Refund.everywhere.get()
    confirmed = {"reference": "R-1"}
    assert expert.post(at("refund_confirmation", refund.pk), confirmed).status_code == 403
    assert finance.post(at("refund_confirmation", refund.pk), {}).status_code == 422
    assert finance.post(at("refund_confirmation", refund.pk), confirmed).status_code == 302
    assert world.again(order).state == "refunded"
    assert "R-1" in finance.get(at("refund", refund.pk)).content.decode()


def test_a_refund_never_bears_a_reason_of_the_machine(operator: Client, world: World) -> None:
    order = world.place(variant=world.plan)
    world.notice(world.start(order).pk.hex, order.amount_fen + 100)
    world.work()
    typed = {"refund-reason": "own", "refund-own": "overpaid"}
    assert operator.post(at("order_refund", order.pk), typed).status_code == 422
    typed["refund-own"] = "not possible"
    assert operator.post(at("order_refund", order.pk), typed).status_code == 302


def test_a_notice_that_fits_nothing_is_matched_by_a_person(lamp: Shop, world: World) -> None:
    world.notice("f" * 32, 4950)
    world.work()
    notice = Notice.everywhere.get()
    finance = walked_in(lamp, "fin", Role.FINANCE)
    page = finance.get(at("notices")).content.decode()
    assert at("notice", notice.pk) in page
    page = finance.get(at("notice", notice.pk)).content.decode()
    assert "li***@x.cn" not in page  # the masked copy hides payers
    assert finance.post(at("finding", notice.pk), {"outcome": ""}).status_code == 422
    assert finance.post(at("finding", notice.pk), {"outcome": "a gift"}).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("settled", "a gift")
    assert Refund.everywhere.get().amount_fen == 4950
