"""The law: nothing waits undated. Read from the catalogue, then tried with raw SQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from daoda.config.commands import states
from daoda.kit import ids
from daoda.kit.states import Lifecycle
from tests.architecture import catalogue, rows
from tests.architecture.test_states import tables_of

pytestmark = pytest.mark.django_db

WHOLE: dict[str, object] = {
    "owner": "machine:test",
    "node": "test",
    "promised_at": rows.MOMENT,
    "promise_id": ids.uuid7(rows.MOMENT),
}
# Each of these alone makes an open row one that waits for nobody or for ever.
UNDATED: list[dict[str, object]] = [
    {"owner": None},
    {"owner": ""},
    {"node": None},
    {"node": ""},
    {"promised_at": None},
    {"promised_at": "infinity"},
    {"promised_at": "-infinity"},
    dict.fromkeys(WHOLE),
]
# Dated tables whose date nobody outside was given, so that no promise row stands behind it.
NO_PROMISE = {
    "payments_notice": "a notice waits for us, not for a buyer; the order carries her promise",
    "payments_asking": "a question of ours to a channel; the order carries the buyer's promise",
    "fulfilment_attempt": "a purchase of ours; the order it is for carries the buyer's promise",
    "fulfilment_suppliernotice": "a notice waits for us; the order carries the buyer's promise",
    "suppliers_supplier": "nobody was promised a supplier; orders bought from it carry promises",
}


def lacks(table: str) -> list[dict[str, object]]:
    """What an open row of this table may not lack."""
    return UNDATED if table in NO_PROMISE else [*UNDATED, {"promise_id": None}]


def open_state(lifecycle: Lifecycle) -> str:
    """The state things begin in, or the first open one where that owes nobody anything."""
    begun = lifecycle.initial
    return lifecycle.open_states[0] if begun in lifecycle.closed else begun


def dated_tables() -> dict[str, Lifecycle]:
    """Every table with a state, and the lifecycle whose CHECK it carries."""
    return {
        table: lifecycle
        for lifecycle in states.lifecycles().values()
        for table in tables_of(lifecycle)
    }


def test_every_table_with_a_state_is_dated_by_constraint() -> None:
    tables = catalogue.tables_with("state")
    assert "orders_order" in tables
    for table in tables:
        columns = catalogue.required_columns(table)
        assert columns["state"], f"{table}.state may be NULL"
        assert set(WHOLE) <= set(columns), f"{table} lacks {set(WHOLE) - set(columns)}"
        assert catalogue.check_ending(table, "_nothing_undated")
        assert catalogue.check_ending(table, "_known_state")
    assert set(dated_tables()) == tables


def test_no_open_row_is_inserted_undated() -> None:
    for table, lifecycle in dated_tables().items():
        state = open_state(lifecycle)
        rows.insert(table, state=state, **WHOLE)
        for lack in lacks(table):
            refused = _refused(_try_insert, table, {"state": state, **WHOLE, **lack})
            assert refused.endswith("_nothing_undated"), f"{table} took {lack}"


def test_no_open_row_becomes_undated() -> None:
    for table, lifecycle in dated_tables().items():
        key = rows.insert(table, state=open_state(lifecycle), **WHOLE)
        for lack in lacks(table):
            refused = _refused(_try_update, table, key, lack)
            assert refused.endswith("_nothing_undated"), f"{table} became {lack}"


def test_no_row_is_in_a_state_without_name() -> None:
    for table, lifecycle in dated_tables().items():
        key = rows.insert(table, state=open_state(lifecycle), **WHOLE)
        for state in ("", "pending", "no such state"):
            assert _refused(_try_update, table, key, {"state": state}).endswith("_known_state")
        assert _refused(_try_update, table, key, {"state": None}) == "state"


def test_in_every_open_state_every_lack_is_refused() -> None:
    """States that a row cannot be put into by hand, tried on the constraint itself."""
    for table, lifecycle in dated_tables().items():
        law = catalogue.check_ending(table, "_nothing_undated").expression
        for state in lifecycle.open_states:
            assert _verdict(table, law, {"state": state, **WHOLE}) is True
            for lack in lacks(table):
                verdict = _verdict(table, law, {"state": state, **WHOLE, **lack})
                assert verdict is False, f"{table} in {state} may have {lack}: {verdict}"


def _try_insert(table: str, values: dict[str, object]) -> None:
    rows.insert(table, **values)


def _try_update(table: str, key: dict[str, Any], values: dict[str, Any]) -> None:
    changes = ", ".join(f"{name} = %s" for name in values)
    where = " AND ".join(f"{name} = %s" for name in key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {changes} WHERE {where}", [*values.values(), *key.values()]
        )


def _refused(attempt: Any, *arguments: object) -> str:
    """The constraint (or, for NOT NULL, the column) that refused; '' when nothing did."""
    try:
        with transaction.atomic():
            attempt(*arguments)
    except IntegrityError as problem:
        told = getattr(problem.__cause__, "diag", None)
        return str(getattr(told, "constraint_name", "") or getattr(told, "column_name", ""))
    return ""


def _verdict(table: str, expression: str, values: dict[str, object]) -> object:
    given = ", ".join(f"'{name}', %s::text" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({expression}) FROM jsonb_populate_record(NULL::{table}, "
            f"jsonb_build_object({given})) AS r",
            [None if value is None else str(value) for value in values.values()],
        )
        return cursor.fetchone()[0]
