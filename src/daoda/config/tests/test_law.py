"""What ``daoda undated`` and ``daoda doctor`` ask the database, they would also find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from daoda.config import grants, health
from daoda.config.installation import Addresses
from daoda.config.postgres import APP_ROLE
from daoda.records.promises import queries as promises


@pytest.fixture
def owner(world_db: Any) -> Iterator[psycopg.Connection]:
    with psycopg.connect(world_db.owner_url, autocommit=True) as connection:
        yield connection


def test_an_undated_row_is_found_where_no_constraint_stood(owner: psycopg.Connection) -> None:
    owner.execute(
        "CREATE TABLE waiting (state text, owner text, node text, promised_at timestamptz)"
    )
    owner.execute(
        "INSERT INTO waiting VALUES ('open', 'machine:x', 'here', now()),"
        " ('open', 'machine:x', 'here', 'infinity'), ('open', '', 'here', now()),"
        " ('open', 'machine:x', 'here', NULL)"
    )
    (seen,) = [each for each in promises.look(owner) if each.table == "waiting"]
    assert seen == promises.Looked("waiting", rows=4, open=4, undated=3, guarded=False)


def test_every_table_with_a_state_is_guarded_and_none_waits(owner: psycopg.Connection) -> None:
    looked = promises.look(owner)
    assert [each for each in looked if not each.guarded or each.undated] == []


def test_a_right_to_change_history_is_found_and_taken_back(owner: psycopg.Connection) -> None:
    assert grants.excess(owner, APP_ROLE) == []
    owner.execute("CREATE TABLE told (id int)")
    owner.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON told FOR EACH ROW"
        " EXECUTE FUNCTION daoda_refuse_change()"
    )
    owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON told TO {APP_ROLE}")
    assert grants.excess(owner, APP_ROLE) == ["told DELETE", "told UPDATE"]
    grants.apply(owner, APP_ROLE)
    assert grants.excess(owner, APP_ROLE) == []


def test_the_shops_role_cannot_rewrite_which_migrations_ran(world_db: Any) -> None:
    with (
        psycopg.connect(world_db.url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("DELETE FROM django_migrations")


def test_the_doctor_sees_a_role_that_is_too_mighty(world_db: Any) -> None:
    mighty = Addresses(world_db.superuser_url, world_db.superuser_url)
    bad = [found.words for found in health.database(mighty, excess=health.BAD)
           if found.verdict == health.BAD]  # fmt: skip
    assert any("is a superuser" in words for words in bad)
    assert any("may change history" in words for words in bad)


def test_the_template_needs_no_further_migration(world_db: Any) -> None:
    call_command("migrate", check_unapplied=True, verbosity=0)
