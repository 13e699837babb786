"""A lifecycle is one table: code, database and picture tell the same story."""

from __future__ import annotations

import pytest
from django.db import connection

from daoda.config.commands import states
from daoda.kit.states import Lifecycle
from tests.architecture import catalogue

LIFECYCLES = states.lifecycles()


def _closed_by_itself(table: str, state: str) -> bool:
    """Whether the law lets a row of this state stand with no owner, node and date."""
    law = catalogue.check_ending(table, "_nothing_undated")
    return _holds(table, law.expression, state)


def _known(table: str, state: str) -> bool:
    return _holds(table, catalogue.check_ending(table, "_known_state").expression, state)


def _holds(table: str, expression: str, state: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({expression}) FROM jsonb_populate_record(NULL::{table}, "
            "jsonb_build_object('state', %s::text)) AS r",
            [state],
        )
        (verdict,) = cursor.fetchone()
    return verdict is True


def tables_of(lifecycle: Lifecycle) -> list[str]:
    """The tables whose constraints say exactly what this lifecycle says (needs the database)."""
    every = {state for each in LIFECYCLES.values() for state in each.states} | {"", "no such state"}
    return [
        table
        for table in sorted(catalogue.tables_with("state"))
        if {state for state in every if _known(table, state)} == set(lifecycle.states)
        and {state for state in lifecycle.states if _closed_by_itself(table, state)}
        == set(lifecycle.closed)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("title", LIFECYCLES)
def test_the_database_knows_the_states_of_every_lifecycle(title: str) -> None:
    assert tables_of(LIFECYCLES[title]), f"no table's CHECK agrees with {title}"


@pytest.mark.django_db
def test_every_dated_table_obeys_a_lifecycle_of_the_code() -> None:
    obeying = {table for each in LIFECYCLES.values() for table in tables_of(each)}
    assert obeying == catalogue.tables_with("state")


@pytest.mark.parametrize("title", LIFECYCLES)
def test_every_open_state_leads_to_an_end(title: str) -> None:
    lifecycle = LIFECYCLES[title]
    ending = set(lifecycle.closed)
    while more := {s for s in lifecycle.states if lifecycle.moves[s] & ending} - ending:
        ending |= more
    assert ending == set(lifecycle.states), "a state from which nothing ends waits for ever"


def test_the_picture_is_drawn_from_the_tables() -> None:
    drawn = states.PAGE.read_text(encoding="utf-8")
    assert drawn == states.draw(LIFECYCLES), "run: daoda states"
