"""My orders: what stands there, what may be added, and that nobody else's does."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.doors.web.account.tests.world import LI, SECRET, WANG, is_in, registered, signed_in
from daoda.doors.web.buyer.tests.world import (
    ME,
    PASSWORD,
    UID,
    Lamp,
    again,
    delivered,
    draft_of,
    href,
    order_of,
    ordered,
    paid,
    text,
    visitor,
)
from daoda.kit import clock
from daoda.records.journal.models import Fact
from daoda.records.persons import queries as persons
from daoda.trade.buyers.models import Buyer
from daoda.trade.catalog.models import Variant
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order


def bought(browser: Client, variant: Variant, **typed: str) -> Order:
    """An order placed through the pages."""
    details = {"variant": variant.pk.hex, "quantity": "1", **typed}
    confirmation = browser.post("/checkout", details)
    placed = browser.post("/orders", {"draft": draft_of(confirmation), "checked": "yes"})
    return order_of(placed)


def kept(browser: Client, order: Order) -> Any:
    return browser.post("/account/orders", {"order": queries.link_token(order.pk)})


def added(browser: Client, number: str, password: str = PASSWORD) -> Any:
    data = {"by": "number", "number": number, "password": password}
    return browser.post("/account/orders", data)


def listed(browser: Client) -> str:
    return text(browser.get("/account/"))


def shown(order: Order) -> str:
    return f"{order.number[:5]}-{order.number[5:]}"


def test_signed_in_she_types_neither_contact_nor_password(
    lamp: Lamp, hers: Client, li: Buyer
) -> None:
    page = hers.get("/checkout", {"variant": lamp.card.pk.hex})
    assert f"Signed in as {LI}" in text(page)
    assert 'name="contact"' not in page.content.decode()
    order = bought(hers, lamp.card)
    assert (order.buyer_id, order.person_id) == (li.pk, li.person_id)
    assert queries.contact(order) == LI
    (fact,) = Fact.objects.filter(kind="order.placed")
    assert fact.actor == f"buyer:{li.person_id.hex}"
    assert shown(order) in listed(hers)


def test_the_password_nobody_chose_is_not_an_empty_one(lamp: Lamp, hers: Client) -> None:
    order = bought(hers, lamp.card)
    for guess in ("", " ", "None", LI):
        assert queries.by_number_and_password(order.number, guess) is None


def test_she_may_set_a_query_password_all_the_same(lamp: Lamp, hers: Client) -> None:
    order = bought(hers, lamp.card, password=PASSWORD)
    assert queries.by_number_and_password(order.number, PASSWORD) == order


def test_what_she_typed_survives_changing_something(lamp: Lamp, hers: Client) -> None:
    details = {"variant": lamp.topup.pk.hex, "typed_uid": UID, "typed_server": "sky"}
    confirmation = hers.post("/checkout", details)
    assert LI in text(confirmation)
    page = hers.post("/checkout/changes", {"draft": draft_of(confirmation)}).content.decode()
    assert UID in page
    assert 'name="contact"' not in page


def test_confirmed_after_signing_out_nothing_is_placed(lamp: Lamp, hers: Client) -> None:
    draft = draft_of(hers.post("/checkout", {"variant": lamp.card.pk.hex, "quantity": "1"}))
    hers.post("/account/sign-out")
    assert hers.post("/orders", {"draft": draft}).status_code == 410
    registered(lamp.shop, WANG)
    assert signed_in(lamp.shop, WANG).post("/orders", {"draft": draft}).status_code == 410
    assert not Order.objects.exists()


def test_what_was_begun_without_an_account_is_placed_without_one(
    lamp: Lamp, browser: Client, li: Buyer
) -> None:
    details = {
        "variant": lamp.card.pk.hex,
        "quantity": "1",
        "contact": "chen@example.com",
        "password": PASSWORD,
    }
    draft = draft_of(browser.post("/checkout", details))
    browser.post("/account/sign-in", {"contact": LI, "password": SECRET})
    order = order_of(browser.post("/orders", {"draft": draft}))
    assert order.buyer_id is None
    assert queries.contact(order) == "chen@example.com"


def test_an_open_order_says_where_it_is_who_has_it_and_by_when(lamp: Lamp, hers: Client) -> None:
    order = paid(bought(hers, lamp.card))
    page = listed(hers)
    assert "Being stocked" in page
    assert "Automatic delivery" in page
    assert "Arrives by" in page
    fulfilment.deliver_batch(now=clock.now())
    assert again(order).state == "delivered"
    page = listed(hers)
    assert "Arrived" in page
    assert "Automatic delivery" not in page


def test_a_date_not_kept_is_told_in_the_list(lamp: Lamp, hers: Client) -> None:
    order = paid(bought(hers, lamp.card))
    assert order.promised_at is not None
    orders.pass_dates(now=order.promised_at)
    assert "Later than first promised" in listed(hers)
    assert "Operations department" in listed(hers)


def test_an_earlier_order_of_her_contact_is_not_hers_by_itself(lamp: Lamp, hers: Client) -> None:
    order = ordered(lamp)  # under the same contact: anyone could have typed it
    assert queries.contact(order) == LI
    assert shown(order) not in listed(hers)


def test_an_order_is_kept_from_its_page(lamp: Lamp, hers: Client, li: Buyer) -> None:
    order = ordered(lamp)
    assert "Keep in my orders" in text(hers.get(href(order)))
    assert kept(hers, order)["Location"] == "/account/"
    assert again(order).buyer_id == li.pk
    page = listed(hers)
    assert "is in your orders" in page
    assert shown(order) in page
    assert "Keep in my orders" not in text(hers.get(href(order)))
    assert kept(hers, order).status_code == 302
    assert Fact.objects.filter(kind="order.kept").count() == 1


def test_a_stranger_is_not_offered_to_keep(lamp: Lamp, browser: Client) -> None:
    order = ordered(lamp)
    assert "Keep in my orders" not in text(browser.get(href(order)))
    assert kept(browser, order)["Location"].startswith("/account/sign-in")
    assert again(order).buyer_id is None


def test_an_order_is_kept_by_number_and_password(lamp: Lamp, hers: Client, li: Buyer) -> None:
    order = ordered(lamp)
    assert added(hers, shown(order).lower())["Location"] == "/account/"
    assert again(order).buyer_id == li.pk


def test_a_wrong_password_and_a_number_that_is_none_look_the_same(lamp: Lamp, hers: Client) -> None:
    order = ordered(lamp)
    wrong, unknown = added(hers, order.number, "not-mine"), added(hers, "0000000000", "not-mine")
    assert wrong.status_code == unknown.status_code == 404
    assert text(wrong).replace(order.number, "N") == text(unknown).replace("0000000000", "N")
    assert again(order).buyer_id is None


def test_adding_is_throttled_together_with_finding(lamp: Lamp, hers: Client) -> None:
    order = ordered(lamp)
    answers = [added(hers, order.number, f"guess-{n}").status_code for n in range(13)]
    assert answers == [404] * 12 + [429]
    assert added(hers, order.number).status_code == 429
    found = hers.post("/find", {"by": "number", "number": order.number, "password": PASSWORD})
    assert found.status_code == 429
    assert again(order).buyer_id is None


def test_anothers_order_is_not_taken_over_even_by_its_link(lamp: Lamp, hers: Client) -> None:
    order = bought(hers, lamp.card, password=PASSWORD)
    registered(lamp.shop, WANG)
    wang = signed_in(lamp.shop, WANG)
    before = again(order).buyer_id
    for ask in (lambda: kept(wang, order), lambda: added(wang, order.number)):
        assert ask()["Location"] == "/account/"
        assert "is in another account" in listed(wang)
    assert again(order).buyer_id == before
    assert shown(order) not in listed(wang)


def acts(number: str) -> list[tuple[str, str]]:
    """Every address of an order by its number alone."""
    return [
        ("get", f"/o/{number}"),
        ("get", f"/o/{number}/payment"),
        ("post", f"/o/{number}/payments"),
        ("post", f"/o/{number}/cancellation"),
        ("post", f"/o/{number}/codes/reveal"),
        ("post", f"/o/{number}/codes/1/reveal"),
    ]


def test_an_order_opens_by_number_to_its_owner_and_nobody_else(lamp: Lamp, hers: Client) -> None:
    order = bought(hers, lamp.card)
    registered(lamp.shop, WANG)
    wang, stranger = signed_in(lamp.shop, WANG), visitor(lamp.shop)
    assert hers.get(f"/o/{shown(order)}").status_code == 200
    assert hers.get(f"/o/{order.number}/payment").status_code == 200
    for other in (wang, stranger):
        for method, address in acts(order.number):
            answer = getattr(other, method)(address)
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/find"), address
        assert other.get("/account/", {"before": order.pk.hex}).status_code in {200, 302}
    for address in ("/account/", f"/account/?before={order.pk.hex}"):
        assert shown(order) not in text(wang.get(address))
    assert wang.post("/account/orders", {"order": order.number}).status_code == 404
    assert again(order).state == "awaiting_payment"


def test_an_order_closes_again_when_she_signs_out(lamp: Lamp, hers: Client) -> None:
    placed, added_later = bought(hers, lamp.card), ordered(lamp)
    hers.get(href(added_later))
    kept(hers, added_later)
    hers.get(href(placed))
    for order in (placed, added_later):
        assert hers.get(f"/o/{order.number}").status_code == 200
    hers.post("/account/sign-out")
    for order in (placed, added_later):
        assert hers.get(f"/o/{order.number}").status_code == 302
    assert "Opened on this device" not in text(hers.get("/find"))


def test_who_showed_a_code_is_on_record(lamp: Lamp, hers: Client, li: Buyer) -> None:
    order = delivered(bought(hers, lamp.card))
    assert "STEAM-0000" in text(hers.post(f"/o/{order.number}/codes/1/reveal"))
    (fact,) = Fact.objects.filter(kind="code.revealed")
    assert fact.actor == f"buyer:{li.person_id.hex}"


def test_many_orders_come_page_by_page(lamp: Lamp, hers: Client, li: Buyer) -> None:
    placed = [ordered(lamp) for _ in range(23)]
    for order in placed:
        orders.keep_for(order_id=order.pk, buyer_id=li.pk, actor=li.actor, now=clock.now())
    first = hers.get("/account/")
    seen = [order for order in placed if shown(order) in text(first)]
    assert seen == placed[3:]
    assert "Newest orders" not in text(first)
    older = f"/account/?before={placed[3].pk.hex}"
    assert older in first.content.decode()
    second = text(hers.get(older))
    assert [order for order in placed if shown(order) in second] == placed[:3]
    assert "Older orders" not in second


def test_the_list_costs_as_many_queries_for_twenty_as_for_two(
    lamp: Lamp, hers: Client, li: Buyer, django_assert_max_num_queries: Any
) -> None:
    for order in [paid(ordered(lamp)) for _ in range(20)]:
        orders.keep_for(order_id=order.pk, buyer_id=li.pk, actor=li.actor, now=clock.now())
    with django_assert_max_num_queries(12):
        assert listed(hers).count("Automatic delivery") == 20


def test_another_password_ends_other_sessions_and_not_this(lamp: Lamp, hers: Client) -> None:
    elsewhere = signed_in(lamp.shop, LI)
    new = "another lantern 48"
    wrong = hers.post("/account/password", {"present": "wrong", "password": new})
    assert wrong.status_code == 422
    assert "not your present password" in text(wrong)
    weak = hers.post("/account/password", {"present": SECRET, "password": "1234567890"})
    assert "Too many people use this password" in text(weak)
    done = hers.post("/account/password", {"present": SECRET, "password": new})
    assert done["Location"] == "/account/"
    assert "Your password is changed" in listed(hers)
    assert is_in(hers)
    assert not is_in(elsewhere)


def test_guessing_the_present_password_is_stopped(lamp: Lamp, hers: Client) -> None:
    answers = [
        hers.post("/account/deletion", {"password": f"guess-{n}"}).status_code for n in range(6)
    ]
    assert answers == [422] * 5 + [429]
    changed = hers.post("/account/password", {"present": SECRET, "password": "x" * 12})
    assert changed.status_code == 429


def test_an_account_is_not_deleted_while_something_is_open(lamp: Lamp, hers: Client) -> None:
    order = bought(hers, lamp.card)
    assert "1 order of yours is still open" in text(hers.get("/account/deletion"))
    refused = hers.post("/account/deletion", {"password": SECRET})
    assert refused.status_code == 409
    assert is_in(hers)
    orders.cancel(order_id=order.pk, actor=ME, now=clock.now())
    assert hers.post("/account/deletion", {"password": SECRET}).status_code == 200
    assert not is_in(hers)


def test_an_order_placed_in_the_last_moment_keeps_the_account(
    lamp: Lamp, hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daoda.doors.web.account import queries as account_queries

    bought(hers, lamp.card)
    told = iter([0, 1])  # as the page was drawn, and under the lock
    monkeypatch.setattr(account_queries, "waiting", lambda _buyer: next(told))
    assert hers.post("/account/deletion", {"password": SECRET}).status_code == 409
    assert Buyer.objects.exists()


def test_a_deleted_account_leaves_orders_without_names(lamp: Lamp, hers: Client, li: Buyer) -> None:
    mine = bought(hers, lamp.topup, typed_uid=UID, typed_server="sky")
    anonymous = ordered(lamp, lamp.topup)
    orders.cancel(order_id=mine.pk, actor=ME, now=clock.now())
    wrong = hers.post("/account/deletion", {"password": "wrong"})
    assert wrong.status_code == 422
    gone = hers.post("/account/deletion", {"password": SECRET})
    assert "Your account is deleted" in text(gone)
    assert persons.get(li.person_id, "contact") is None
    page = text(visitor(lamp.shop).get(href(mine)))
    assert "Cancelled" in page
    assert UID not in page
    assert hers.get(f"/o/{mine.number}").status_code == 302
    # The anonymous order of the same contact is somebody else's until proven.
    assert queries.contact(anonymous) == LI
    assert queries.answers(anonymous)["uid"] == UID
    assert registered(lamp.shop, LI).pk != li.pk


def test_no_fact_of_all_this_tells_contact_or_password(lamp: Lamp, hers: Client) -> None:
    bought(hers, lamp.topup, typed_uid=UID, typed_server="sky")
    kept(hers, ordered(lamp))
    hers.post("/account/password", {"present": SECRET, "password": "another lantern 48"})
    said = json.dumps([[fact.actor, fact.data] for fact in Fact.objects.all()], default=str)
    for secret in (LI, "example", SECRET, "lantern", PASSWORD, UID):
        assert secret not in said


def test_ids_in_addresses_are_looked_up_within_the_account(hers: Client) -> None:
    for odd in ("0" * 32, str(UUID(int=1)), "x", "\0", "9" * 5000, "🂡"):
        assert hers.get("/account/", {"before": odd}).status_code == 200
        assert hers.post("/account/orders", {"order": odd}).status_code == 404
        assert added(hers, odd, odd or "x").status_code in {404, 422}
