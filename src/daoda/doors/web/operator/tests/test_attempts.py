"""Purchases on the desk: what needs a person, everything that was said, and what is decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from daoda.delivery.fulfilment.models import Attempt
from daoda.doors.web.operator.tests.purchases import a_doubtful_purchase
from daoda.doors.web.operator.tests.world import World
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import Permission, Role, role_may
from daoda.trade.orders.models import Order

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def doubtful(world: World) -> Attempt:
    return a_doubtful_purchase(world)


def test_the_list_names_who_was_asked_and_by_when(world: World, doubtful: Attempt) -> None:
    client = walked_in(world.shop, "someone", Role.SUPPLIER_RELATIONS)
    page = client.get(reverse("desk:attempts"), headers=ENGLISH).content.decode()
    assert "Far Away Cards" in page
    assert "the supplier wants a person" in page


def test_an_attempt_shows_everything_that_was_said(world: World, doubtful: Attempt) -> None:
    client = walked_in(world.shop, "someone", Role.SUPPLIER_RELATIONS)
    page = client.get(reverse("desk:attempt", args=[doubtful.pk]), headers=ENGLISH).content.decode()
    assert doubtful.pk.hex in page
    assert "9999: ask us" in page


def test_the_story_of_the_order_shows_its_attempts(world: World, doubtful: Attempt) -> None:
    client = walked_in(world.shop, "someone", Role.OPERATOR)
    page = client.get(
        reverse("desk:order", args=[doubtful.order_id]), headers=ENGLISH
    ).content.decode()
    assert "Far Away Cards" in page


def test_a_person_gives_it_up_and_settles_the_claim(world: World, doubtful: Attempt) -> None:
    client = walked_in(world.shop, "someone", Role.SUPPLIER_RELATIONS)
    client.post(reverse("desk:giving_up", args=[doubtful.pk]), {"way": "refund"})
    assert Order.everywhere.get(pk=doubtful.order_id).state == "refund_owed"
    client.post(
        reverse("desk:settlement", args=[doubtful.pk]), {"how": "written_off", "note": "gone"}
    )
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.reason) == ("written_off", "gone")
    again = client.post(reverse("desk:giving_up", args=[doubtful.pk]), {"way": "elsewhere"})
    assert again.status_code == 302
    doubtful.refresh_from_db()
    assert doubtful.state == "written_off"


def test_more_time_is_a_new_date(client: Client, world: World, doubtful: Attempt) -> None:
    client = walked_in(world.shop, "someone", Role.SUPPLIER_RELATIONS)
    client.post(reverse("desk:more_time", args=[doubtful.pk]), {"hours": "400"})
    doubtful.refresh_from_db()
    before = doubtful.cut_off_at
    client.post(reverse("desk:more_time", args=[doubtful.pk]), {"hours": "48"})
    doubtful.refresh_from_db()
    assert before is not None
    assert doubtful.cut_off_at is not None
    assert doubtful.cut_off_at - before > timedelta(hours=20)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_and_decide(world: World, doubtful: Attempt, role: Role) -> None:
    client = walked_in(world.shop, "someone", role)
    may_see = role_may(role, Permission.SUPPLIERS_READ)
    may_act = role_may(role, Permission.SUPPLIERS_EDIT)
    assert client.get(reverse("desk:attempts")).status_code == (200 if may_see else 403)
    assert client.get(reverse("desk:attempt", args=[doubtful.pk])).status_code == (
        200 if may_see else 403
    )
    for name in ("giving_up", "more_time", "settlement"):
        answer = client.post(reverse(f"desk:{name}", args=[doubtful.pk]), {})
        assert answer.status_code == (422 if may_act else 403)


def test_nobody_sees_it_without_signing_in(doubtful: Attempt, client: Client) -> None:
    assert client.get(reverse("desk:attempts")).status_code in (302, 403, 404)
