"""Choosing a day, following it, and reading what came of it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from daoda.doors.web.operator.queries import day_picture
from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.watch.rehearsals import actions as rehearsals
from daoda.watch.rehearsals import rules
from daoda.watch.rehearsals.models import Rehearsal

ENGLISH = {"Accept-Language": "en"}
SECOND = timedelta(seconds=1)
SVG = "{http://www.w3.org/2000/svg}"


def day(world: World, **changes: Any) -> dict[str, Any]:
    mix = [{"variant": world.codes.pk.hex, "share": 1}]
    return rules.preset("quiet", on=date(2026, 11, 28), mix=mix) | changes


def outcome(**changes: Any) -> dict[str, Any]:
    """Two hours in which one shelf ran out and one person was too few."""
    crew = {
        "crew": "agents", "at_once": 1, "orders": 40, "broken": 7, "enough": 3,
        "broken_anyway": 0, "first_broken": "2026-11-28T11:30:00+00:00",
        "busiest_hour": "2026-11-28T11:00:00+00:00", "busy_share": 1.0, "longest": 31,
        "longest_minute": 1180, "an_hour": 12,
    }  # fmt: skip
    shelf = {
        "variant": "f" * 32, "name": "Steam · One", "at": "2026-11-28T11:10:00+00:00",
        "orders": 5, "codes": 6,
    }  # fmt: skip
    return {
        "version": 1, "seed": 1, "one_in": 1, "begins": "2026-11-27T16:00:00+00:00",
        "ends": "2026-11-28T13:00:00+00:00", "ran_until": "2026-11-28T13:30:00+00:00",
        "orders": {"wanted": 120, "refused": 5, "placed": 115, "paid": 100, "delivered": 100,
                   "expired": 15, "open": 0, "played": 120},
        "refused": {"sold_out": 5},
        "dates": {"kept": 93, "broken": 7, "superseded": 0, "standing": 0, "places": {}},
        "waits": {"stock": {"p50_s": 8.0, "p99_s": 20.0, "longest_s": 31.0},
                  "hand": {"p50_s": 900.0, "p99_s": 7000.0, "longest_s": 7200.0}},
        "series": {"first_minute": 1140, "wanted": [1] * 120,
                   "broken": [0] * 90 + [1] * 7 + [0] * 23,
                   "queues": {"agents": [n // 4 for n in range(120)], "paid": [0] * 120}},
        "ran_out": [shelf], "crews": [crew],
        "sticks": [{"what": "shelf", **shelf}, {"what": "crew", "at": crew["first_broken"], **crew},
                   {"what": "late_money", "at": "2026-11-28T12:00:00+00:00", "orders": 2}],
        "laws": {"asked": 25, "findings": []},
        "machine": {"copied_in_s": 3.0, "took_s": 9.0, "per_s": {"placed": 80.0},
                    "busiest_minute": 120},
    } | changes  # fmt: skip


def asked(world: World) -> Rehearsal:
    return rehearsals.ask(
        shop_id=world.shop.pk, day=day(world), name="Eve", actor="machine:test", now=world.now
    )


def rehearsed(world: World) -> Rehearsal:
    """A rehearsal with an outcome."""
    row = asked(world)
    rehearsals.begin(now=world.now)
    rehearsals.finish(rehearsal_id=row.pk, outcome=outcome(), now=world.now + SECOND)
    return row


def typed(page: str, **changes: str) -> dict[str, str]:
    """What the form would send as it stands, with some of it changed."""
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            sent[name[1]] = value[1] if value else ""
    return sent | changes


def test_a_preset_is_asked_for_as_it_stands(operator: Client, world: World) -> None:
    page = operator.get(at("new_rehearsal"), {"preset": "sale"}, headers=ENGLISH).content.decode()
    answer = operator.post(at("new_rehearsal"), typed(page, name="Double eleven"))
    row = Rehearsal.everywhere.get()
    assert answer.headers["Location"] == at("rehearsal", row.pk)
    assert (row.state, row.name) == ("asked", "Double eleven")
    assert rules.read_day(row.day).orders == 50_000
    assert row.day["mix"][0]["variant"] in {world.codes.pk.hex, world.plan.pk.hex}
    assert facts(row.pk) == ["rehearsal.asked"]


def test_what_is_typed_is_what_is_played(operator: Client, world: World) -> None:
    page = operator.get(at("new_rehearsal")).content.decode()
    changes = {
        "curve-0-starts": "19:30", "curve-0-per_minute": "2.5", "ends": "20:30",
        "pays_share": "50", "pays_median": "2", "agents_at_once": "7", "agents_median": "1.5",
        "restock_codes": "30", "restock_after": "0.5", "seed": "9",
    }  # fmt: skip
    changes |= {f"curve-{n}-{name}": "" for n in range(1, 8) for name in ("starts", "per_minute")}
    operator.post(at("new_rehearsal"), typed(page, **changes))
    read = rules.read_day(Rehearsal.everywhere.get().day)
    assert (read.orders, read.ends, read.seed) == (150, 20 * 60 + 30, 9)
    assert (read.paying.share, read.paying.takes.median_s) == (0.5, 120)
    assert (read.agents.at_once, read.agents.takes.median_s) == (7, 90)
    assert (read.restock.codes, read.restock.after_s) == (30, 1800)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("curve-1-starts", "7pm", "A time of day"),
        ("curve-1-starts", "00:00", "later than what stands before"),
        ("curve-1-per_minute", "1e300", "This is too much"),
        ("curve-1-per_minute", "-1", "This is too little"),
        ("curve-1-per_minute", "nan", "Enter a number"),
        ("ends", "01:00", "later than what stands before"),
        ("agents_p90", "0.5", "This is too little"),
        ("agents_at_once", "999999", "This is too much"),
        ("date", "2026-02-30", "valid date"),
        ("one_in", "", "required"),
        ("curve-0-per_minute", "2000", "let one stand for more"),
    ],
)
def test_what_cannot_be_played_is_said_where_it_was_typed(
    operator: Client, world: World, field: str, value: str, says: str
) -> None:
    page = operator.get(at("new_rehearsal")).content.decode()
    answer = operator.post(at("new_rehearsal"), typed(page, **{field: value}), headers=ENGLISH)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Rehearsal.everywhere.exists()


def test_nothing_to_order_is_said(operator: Client, world: World) -> None:
    page = operator.get(at("new_rehearsal")).content.decode()
    none = {name: "0" for name in typed(page) if re.fullmatch(r"mix-\d+-share", name)}
    answer = operator.post(at("new_rehearsal"), typed(page, **none), headers=ENGLISH)
    assert answer.status_code == 422
    assert "Nobody would order anything" in answer.content.decode()


def test_while_it_is_open_its_page_asks_again(operator: Client, world: World) -> None:
    row = asked(world)
    page = operator.get(at("rehearsal", row.pk), headers=ENGLISH).content.decode()
    assert "In line" in page
    assert 'hx-trigger="load delay:1s"' in page
    rehearsals.begin(now=world.now)
    rehearsals.progress(
        rehearsal_id=row.pk, step="playing", done=60, whole=120, clock_at=world.now, now=world.now
    )
    page = operator.get(at("rehearsal", row.pk), headers=ENGLISH).content.decode()
    assert "60 of 120 buyers" in page
    assert "about" in page


def test_its_outcome_says_where_it_sticks_and_what_helps(operator: Client, world: World) -> None:
    row = rehearsed(world)
    page = operator.get(at("rehearsal", row.pk), headers=ENGLISH).content.decode()
    assert "hx-trigger" not in page[page.index('id="rehearsal"') : page.index("</h1>")]
    first = page.index("Steam · One ran out; 5 orders could not be served.")
    second = page.index("With our people, 1 at once: 7 dates were broken.")
    assert first < second < page.index("Money came for 2 orders that had expired.")
    assert "6 codes more on its shelf would have been enough." in page
    assert "With 3 at once none would have been." in page
    assert "25 laws were asked of the copy before it went, and all held." in page


def test_why_it_failed_is_said(operator: Client, world: World) -> None:
    row = asked(world)
    rehearsals.give_up(rehearsal_id=row.pk, reason="killed", now=world.now)
    for href in (at("rehearsal", row.pk), at("rehearsals")):
        page = operator.get(href, headers=ENGLISH).content.decode()
        assert "ended from outside" in page


def test_an_earlier_day_is_there_to_be_changed(operator: Client, world: World) -> None:
    row = asked(world)
    page = operator.get(at("new_rehearsal"), {"again": row.pk.hex}).content.decode()
    assert typed(page)["mix-0-share"] in {"1", "0"}
    operator.post(at("new_rehearsal"), typed(page))
    first, second = Rehearsal.everywhere.order_by("id")
    assert rules.read_day(first.day) == rules.read_day(second.day)


def test_the_picture_is_a_file_that_explains_itself(operator: Client, world: World) -> None:
    row = rehearsed(world)
    answer = operator.get(at("rehearsal_picture", row.pk), headers=ENGLISH)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "attachment" in answer.headers["Content-Disposition"]
    svg = ElementTree.fromstring(answer.content)
    title, told = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert told is not None
    assert "With our people: at most 29 at a time" in (told.text or "")
    assert operator.get(at("rehearsal_picture", asked(world).pk)).status_code == 404


def test_the_picture_holds_what_was_counted() -> None:
    drawn = day_picture.draw(outcome())
    assert [panel.place for panel in drawn.panels] == ["wanted", "agents"]
    assert drawn.panels[1].most == 29
    assert drawn.panels[1].capacity == 12
    assert sum(row.wanted for row in drawn.rows) == 120
    assert sum(row.broken for row in drawn.rows) == drawn.broken == 7
    assert drawn.first_x is not None
    assert [label.at.minute for label in drawn.labels] == [0, 30, 0, 30, 0]


def test_a_day_on_which_nothing_happened_is_drawn() -> None:
    nothing = {"first_minute": 0, "wanted": [0], "broken": [0], "queues": {}}
    drawn = day_picture.draw(outcome(series=nothing, crews=[], sticks=[]))
    assert drawn.first_x is None
    assert drawn.rows == ()
