"""A database restored into another cluster loses no sale and tells every fact once."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps

from daoda.config import database, installation, migration, numbering
from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster, place
from daoda.config.tests import clusters
from daoda.kit.snapshots import TransactionIdField
from daoda.records.journal import actions as journal
from daoda.records.journal.models import Fact
from daoda.records.ledger import actions as ledger

BUSIER = 20_000  # transactions that a fresh cluster has not seen
PRICE_FEN = 9800
ROUNDS_MAX = 100
_COUNTS_HIGHER = """
    SELECT pg_current_xact_id()::text::bigint
        > (SELECT max(split_part(snapshot, ':', 2)::bigint) FROM journal_subscriber)
"""


def test_whatever_bears_numbers_is_looked_at():
    asked = numbering._LOOK.decode()
    for model in apps.get_models():
        fields = model._meta.fields
        if any(type(one) is TransactionIdField or one.name == "snapshot" for one in fields):
            assert f"FROM {model._meta.db_table}" in asked


@pytest.mark.committed
def test_what_came_from_a_busier_cluster_is_followed_by_what_happens_here(real_world, world_db):
    _begin(real_world)
    told = _facts()
    real_world.buy(contact="not-told-yet@example.cn")
    with psycopg.connect(world_db.superuser_url) as superuser:
        _lift_everything(superuser)

    with pytest.raises(installation.CannotGoOn, match="daoda migrate"):
        numbering.refuse_behind(world_db.url)
    _migrate(world_db.owner_url, then=world_db.url)
    numbering.refuse_behind(world_db.url)

    real_world.buy(contact="after@example.cn")
    assert sorted(_hear()) == sorted(_facts() - told)
    _fits(real_world, sold=3)


@pytest.mark.slow
@pytest.mark.committed
def test_nothing_serves_before_numbers_are_lifted_and_migrate_lifts_them(
    real_world, world_db, process_env
):
    _begin(real_world)
    with psycopg.connect(world_db.superuser_url) as superuser:
        _lift_everything(superuser)
    for command in ("web", "worker", "doctor"):
        ended = _daoda(command, process_env)
        assert ended.returncode == 1
        assert "run  daoda migrate  first" in ended.stdout + ended.stderr
    assert _daoda("migrate", process_env).returncode == 0
    assert _daoda("doctor", process_env).returncode == 0


def _daoda(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daoda.config.cli", command],
        env=environment | {"DAODA_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.committed
def test_where_the_database_always_was_no_number_is_changed(real_world, world_db):
    _begin(real_world)
    with psycopg.connect(world_db.owner_url, autocommit=True) as owner:
        assert not numbering.catch_up(owner)


@pytest.mark.committed
def test_restored_twice_numbers_rise_twice(real_world, world_db):
    _begin(real_world)
    for sold in (2, 3):
        with psycopg.connect(world_db.superuser_url) as superuser:
            _lift_everything(superuser)
        _migrate(world_db.owner_url, then=world_db.url)
        told = _facts()
        real_world.buy(contact=f"{sold}@example.cn")
        assert sorted(_hear()) == sorted(_facts() - told)
        _fits(real_world, sold=sold)


@pytest.mark.committed
@pytest.mark.parametrize("counter", ["lower", "higher"])
def test_who_works_elsewhere_in_the_cluster_makes_nothing_come_twice(
    real_world, world_db, server, counter
):
    _begin(real_world)
    elsewhere, ours = server.url(None, "postgres"), world_db.superuser_url
    with psycopg.connect(elsewhere) as stranger, psycopg.connect(ours, autocommit=True) as us:
        running = _value(stranger, "SELECT pg_current_xact_id()::text::bigint")
        newest = _value(us, "SELECT max(xid::text::bigint) FROM journal_fact")
        # Higher: what is restored bears the very number of the one that runs elsewhere.
        _lift_everything(us, by=BUSIER if counter == "lower" else running - newest)
        while counter == "higher" and not _value(us, _COUNTS_HIGHER):
            pass  # every look takes a number
        _migrate(world_db.owner_url, then=world_db.url)
        told = _facts()
        assert _value(us, f"SELECT daoda_number('{running}') > max(xid) FROM journal_fact")

        real_world.buy(contact="after@example.cn")
        assert sorted(_hear()) == sorted(_facts() - told)
        _fits(real_world, sold=2)


@pytest.mark.slow
@pytest.mark.committed
def test_a_dump_goes_on_in_a_fresh_cluster(real_world, world_db, server):
    if server.given:
        pytest.skip("dumps are made with the binaries of a server of our own")
    with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
        superuser.execute(
            f"DO $$ BEGIN FOR n IN 1..{BUSIER} LOOP"
            " PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
        )
    _begin(real_world)
    told = _facts()
    with _restored(server.cluster, world_db.owner_url) as fresh:
        with pytest.raises(installation.CannotGoOn, match="daoda migrate"):
            numbering.refuse_behind(fresh.url(APP_ROLE))
        _migrate(fresh.url(OWNER_ROLE), then=fresh.url(APP_ROLE))
        try:
            real_world.buy(contact="after@example.cn")
            assert sorted(_hear()) == sorted(_facts() - told)
            _fits(real_world, sold=2)
        finally:
            database.point_at(world_db.url)


@contextmanager
def _restored(old: Cluster, url: str) -> Iterator[Cluster]:
    """A fresh cluster into which a dump of this database was restored."""
    binaries = old._bin_dir or place.find_binaries(None)
    with clusters.folder() as folder, clusters.cluster(folder / "data") as fresh:
        fresh.start()
        into = f"--dbname={fresh.url(OWNER_ROLE)}"
        dumped = subprocess.run(
            [binaries / "pg_dump", "--format=custom", url], capture_output=True, check=True
        )
        subprocess.run(
            [binaries / "pg_restore", "--exit-on-error", into], input=dumped.stdout, check=True
        )
        yield fresh


def _begin(world) -> None:
    """A shop with a sale that is in the sums, and a reader that has been told of everything."""
    world.stock_up("AAAA-1111", "BBBB-2222", "CCCC-3333")
    journal.subscribe("reader")
    world.buy()
    _roll_up()
    assert _hear()


def _value(connection: psycopg.Connection, question: str) -> int:
    row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _lift_everything(superuser: psycopg.Connection, *, by: int = BUSIER) -> None:
    """As if all that is stored had been written where the counter stood higher."""
    lifted = f"(xid::text::bigint + {by})::text::xid8"
    moved = f"""
        SELECT format('%s:%s:%s', split_part(snapshot, ':', 1)::bigint + {by},
                      split_part(snapshot, ':', 2)::bigint + {by},
                      (SELECT string_agg((one::bigint + {by})::text, ',')
                       FROM unnest(string_to_array(split_part(snapshot, ':', 3), ',')) AS one))
    """
    superuser.execute("SET session_replication_role = replica")
    for table in ("journal_fact", "ledger_transfer"):
        superuser.execute(f"UPDATE {table} SET xid = {lifted}".encode())
    for table in ("journal_subscriber", "ledger_rollup"):
        superuser.execute(f"UPDATE {table} SET snapshot = ({moved})".encode())


def _migrate(owner_url: str, *, then: str) -> None:
    migration.migrate(owner_url=owner_url, app_role=APP_ROLE, verbosity=0)
    database.point_at(then)


def _roll_up() -> None:
    ledger.roll_up()  # the first one only makes the cursor
    for _ in range(ROUNDS_MAX):
        if not ledger.roll_up():
            return
    raise AssertionError("the same transfers are summed up again and again")


def _facts() -> set[uuid.UUID]:
    return set(Fact.everywhere.values_list("pk", flat=True))


def _hear() -> list[uuid.UUID]:
    """The ids of the facts the reader is told, as often as it is told them."""
    heard: list[uuid.UUID] = []
    while len(heard) <= Fact.everywhere.count():
        with journal.batch("reader", now=Fact.everywhere.latest("at").at, batch_rows=4) as facts:
            if not facts:
                return heard
            heard += [fact.id for fact in facts]
    return heard


def _fits(world, *, sold: int) -> None:
    """The books know every sale, before and after the sums are brought up to date."""
    books = world.books()
    assert books["revenue"] == sold * PRICE_FEN
    _roll_up()
    assert world.books() == books
    assert world.in_order()
