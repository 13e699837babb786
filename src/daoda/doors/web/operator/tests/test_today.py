"""Today's page: the numbers it shows are those of the database, and the law is looked up."""

from __future__ import annotations

import pytest
from django.test import Client

from daoda.doors.web.operator.queries import chart, today, waiting
from daoda.doors.web.operator.tests.world import World, at
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import ROLE_MAY, Role
from daoda.records.shops.models import Shop, scope
from daoda.trade.orders import actions as orders

ENGLISH = {"Accept-Language": "en"}


def test_the_law_is_shown_as_a_fact_that_was_looked_up(operator: Client, world: World) -> None:
    world.buy()
    page = operator.get(at("today"), headers=ENGLISH).content.decode()
    assert "Waiting without a date: 0" in page
    assert "orders_order" in page


def test_what_waits_for_a_person_is_listed_by_date(world: World) -> None:
    late = world.buy(variant=world.plan)
    held = world.buy(variant=world.plan)
    orders.hold(order_id=held.pk, reason="x", actor="machine:t", now=world.now)
    world.notice("f" * 32, 100)
    world.work()
    with scope(world.shop.pk):
        found = waiting.waiting(ROLE_MAY[Role.OPERATOR], now=world.now)
        seen = waiting.waiting(ROLE_MAY[Role.AGENT], now=world.now)
    assert [one.due_at for one in found] == sorted(one.due_at for one in found)
    assert {one.department for one in found} == {"operations", "risk", "finance"}
    assert len(found) == 3
    assert len(seen) == 2  # an agent reads no notices
    assert late.number in found[1].name.replace("-", "")
    assert waiting.by_department(found)[0][2] == 1


def test_a_department_sees_its_own(operator: Client, world: World) -> None:
    order = world.buy(variant=world.plan)
    shown = operator.get(at("today"), {"who": "operations"}).content.decode()
    hidden = operator.get(at("today"), {"who": "risk"}).content.decode()
    assert at("order", order.pk) in shown
    assert at("order", order.pk) not in hidden


def test_the_money_of_the_day_is_that_of_the_books(world: World) -> None:
    world.buy()
    world.buy(variant=world.plan)
    with scope(world.shop.pk):
        moved = [
            one.amount_fen for one in today.moved(world.shop, since=today.day_began(world.now))
        ]
        held = {one.name: one.amount_fen for one in today.balances(world.shop)}
    assert moved[:3] == [12300, 9800, 0]
    assert not any(moved[3:])
    assert list(held.values()) == [12300, 2500, 0, 9800]


def test_money_is_shown_to_those_who_may_see_it(lamp: Shop, world: World) -> None:
    world.buy()
    for role, shown in ((Role.FINANCE, True), (Role.AGENT, False)):
        page = walked_in(lamp, role.value, role).get(at("today")).content.decode()
        assert (at("money") in page) is shown


@pytest.mark.parametrize("part", ["present", "law", "balance", "day"])
def test_a_part_comes_alone(operator: Client, world: World, part: str) -> None:
    headers = {"HX-Request": "true", "HX-Target": part}
    page = operator.get(at("today"), headers=headers).content.decode()
    assert f'id="{part}"' in page
    assert "<html" not in page
    others = {"present", "law", "balance", "day"} - {part}
    assert not any(f'id="{other}"' in page for other in others)


def test_a_chart_of_nothing_can_be_drawn() -> None:
    drawn = chart.draw({})
    assert (drawn.top, drawn.busiest, drawn.told) == (5, None, ())


def test_bars_stand_on_one_another_and_end_at_their_number() -> None:
    drawn = chart.draw({9: chart.Counted(6, 3, 1), 10: chart.Counted(2, 0, 0)})
    bar = drawn.bars[9]
    assert drawn.top == 10
    assert [piece.kind for piece in bar.pieces] == ["arrived", "under_way", "unpaid"]
    assert sum(piece.height for piece in bar.pieces) == pytest.approx(chart.HEIGHT, abs=0.3)
    assert bar.pieces[-1].y == pytest.approx(chart.BASE - chart.HEIGHT, abs=0.3)
    assert drawn.busiest is bar


@pytest.mark.parametrize(("most", "top"), [(1, 5), (11, 20), (51, 100), (12_345, 20_000)])
def test_the_upper_line_is_a_round_number(most: int, top: int) -> None:
    assert chart.draw({0: chart.Counted(most)}).top == top
