"""History is only added to: by trigger, and by the rights of the application's role."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from daoda.kit.insert_only import is_insert_only
from tests.architecture import catalogue

HISTORY = sorted(model._meta.db_table for model in apps.get_models() if is_insert_only(model))
# docs/laws.md, law 6. A model that loses its mark must not slip out of these tests.
MUST_BE_HISTORY = {
    "journal_fact",
    "ledger_transfer",
    "promises_promise",
    "promises_promiseending",
    "promises_promiserule",
    "fulfilment_delivery",
    "fulfilment_deliveredcode",
}
_ROW, _BEFORE, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 8, 16, 32

pytestmark = pytest.mark.django_db


def _with_partitions() -> list[str]:
    return [name for table in HISTORY for name in (table, *catalogue.partitions(table))]


def _refusals(table: str) -> int:
    """Every event before which a trigger refuses, as the bits of pg_trigger.tgtype."""
    found = catalogue.rows(
        """
        SELECT tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A') AND tgtype & 2 = 2
          AND p.proname = 'daoda_refuse_change'
        """,
        [table],
    )
    bits = 0
    for (kind,) in found:
        bits |= int(str(kind))
    return bits


def test_what_the_law_names_is_history() -> None:
    assert set(HISTORY) >= MUST_BE_HISTORY


def test_a_trigger_refuses_every_change_of_every_partition_too() -> None:
    for table in _with_partitions():
        missing = (_ROW | _UPDATE | _DELETE | _TRUNCATE) & ~_refusals(table)
        assert not missing, f"{table}: no trigger for {missing:#x}"


@pytest.mark.parametrize("table", HISTORY)
def test_nobody_empties_history(table: str) -> None:
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_the_application_may_add_and_read_history_and_no_more() -> None:
    for table in _with_partitions():
        ((adds, reads, changes, empties),) = catalogue.rows(
            """
            SELECT has_table_privilege('daoda_app', %(table)s, 'INSERT'),
                   has_table_privilege('daoda_app', %(table)s, 'SELECT'),
                   has_any_column_privilege('daoda_app', %(table)s, 'UPDATE')
                   OR has_table_privilege('daoda_app', %(table)s, 'DELETE'),
                   has_table_privilege('daoda_app', %(table)s, 'TRUNCATE')
            """.replace("%(table)s", "%s"),
            [table] * 5,
        )
        assert not changes, f"{table}: daoda_app may change it"
        assert not empties, f"{table}: daoda_app may empty it"
        if table in HISTORY:
            assert adds, f"{table}: daoda_app cannot add"
            assert reads, f"{table}: daoda_app cannot read"


def test_the_application_cannot_give_itself_more_rights() -> None:
    ((superuser, creates_roles, owner),) = catalogue.rows(
        """
        SELECT rolsuper, rolcreaterole, pg_has_role(oid, 'daoda_owner', 'MEMBER')
        FROM pg_roles WHERE rolname = 'daoda_app'
        """
    )
    assert not superuser
    assert not creates_roles
    assert not owner
    owned = catalogue.rows(
        """
        SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolname = 'daoda_app' AND c.relkind IN ('r', 'p')
        """
    )
    assert not owned
