"""The embedded PostgreSQL: made, stopped, killed, taken over, refused in words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster, ClusterProblem, cluster, place
from daoda.config.tests import clusters

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """One durable cluster for the tests of this module, up when each begins."""
    with clusters.folder() as folder, clusters.cluster(folder / "data", durable=True) as made:
        made.start()
        yield made


@pytest.fixture
def running(own: Cluster) -> Cluster:
    own.start()
    return own


def test_the_shops_role_owns_nothing_and_creates_nothing(running: Cluster) -> None:
    with psycopg.connect(running.url(APP_ROLE), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
        row = connection.execute(
            "SELECT bool_or(rolsuper OR rolcreatedb OR rolcreaterole), count(*) FROM pg_roles"
            " WHERE rolname = ANY (%s)",
            ([APP_ROLE, OWNER_ROLE],),
        ).fetchone()
    assert row == (False, 2)


def test_the_server_keeps_what_it_confirms_and_checks_its_pages(running: Cluster) -> None:
    with psycopg.connect(running.url(APP_ROLE)) as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        }
        encoding = connection.info.parameter_status("server_encoding")
        order = connection.execute("SELECT array_agg(v ORDER BY v) FROM unnest(%s::text[]) v",
                                   (["b", "a", "B", "é"],)).fetchone()  # fmt: skip
    assert set(shown.values()) == {("on",)}
    assert encoding == "UTF8"
    assert order == (["B", "a", "b", "é"],), "keys are compared by code point"


def test_it_listens_on_a_private_socket_alone(running: Cluster) -> None:
    with psycopg.connect(running.url(APP_ROLE)) as connection:
        addresses = connection.execute("SHOW listen_addresses").fetchone()
        sockets = Path(connection.info.host)
    assert addresses == ("",)
    assert sockets.stat().st_mode & 0o777 == 0o700


def test_what_was_committed_is_there_after_stop_and_start(running: Cluster) -> None:
    _remember(running, "before the stop")
    running.stop()
    assert not running.running()
    running.start()
    assert "before the stop" in _remembered(running)


def test_it_recovers_after_kill_9_and_says_so_while_it_does(
    running: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    _remember(running, "before the kill")
    clusters.kill(running)
    said: list[str] = []
    monkeypatch.setattr(cluster, "_SAY_EVERY_S", 0.0)
    again = Cluster(running.data, say=said.append)
    again.start()
    assert "before the kill" in _remembered(again)
    assert any("recovers" in words for words in said)


def test_a_server_left_by_a_killed_parent_is_taken_over(running: Cluster) -> None:
    running.stop()
    parent = (
        "import os, signal; from pathlib import Path; from daoda.config.postgres import Cluster;"
        f"Cluster(Path({str(running.data)!r})).start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", parent], check=False, capture_output=True, timeout=120)
    left = running.pid()
    assert left is not None
    said: list[str] = []
    again = Cluster(running.data, say=said.append)
    again.start()
    assert again.pid() == left
    assert "taking it over" in said[0]
    again.stop()
    assert not again.running()


def test_a_pid_file_whose_number_went_to_another_process_is_stale(running: Cluster) -> None:
    running.stop()
    stale = running.pgdata / "postmaster.pid"
    # Our own number: alive, and not a PostgreSQL.
    stale.write_text(f"{os.getpid()}\n{running.pgdata}\n1700000000\n5432\n/nowhere\n\n\n")
    assert not running.running()
    running.start()
    assert running.running()


def test_its_log_holds_no_values(running: Cluster) -> None:
    _remember(running, "planted-SECRET-1")
    with psycopg.connect(running.url(OWNER_ROLE), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO kept VALUES ('planted-SECRET-1')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT %s::int", ("planted-SECRET-2",))
    logs = "".join(path.read_text() for path in (running.pgdata / "log").glob("*.log"))
    assert "kept_pkey" in logs, "errors are logged"
    assert "planted-SECRET-1" not in logs


def test_another_versions_data_are_refused_in_words(running: Cluster) -> None:
    running.stop()
    version = running.pgdata / "PG_VERSION"
    real = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(ClusterProblem, match=r"made by PostgreSQL 12 .* dump it"):
            running.start()
    finally:
        version.write_text(real)


def test_a_broken_setting_is_told_in_the_servers_own_words(running: Cluster) -> None:
    running.stop()
    settings = running.pgdata / "postgresql.auto.conf"
    real = settings.read_text()
    settings.write_text("shared_buffers = 'plenty'\n")
    try:
        with pytest.raises(ClusterProblem, match="shared_buffers"):
            running.start()
    finally:
        settings.write_text(real)


def test_a_path_too_long_for_a_socket_works() -> None:
    with clusters.folder() as folder:
        deep = folder / ("long" * 20) / ("path" * 20)
        deep.mkdir(parents=True)
        with clusters.cluster(deep / "data") as made:
            made.start()
            psycopg.connect(made.url()).close()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if not AS_ROOT:
        pytest.skip("only root can make a folder of somebody else")
    (tmp_path / "home").mkdir(mode=0o700)
    os.chown(tmp_path / "home", 12345, 12345)
    account = place.Account("nobody", 65534, 65534)
    with pytest.raises(ClusterProblem, match="belongs to user 12345"):
        place.make_private(tmp_path / "home", account)


def test_root_lends_the_server_to_a_user_who_cannot_log_in_as_root(running: Cluster) -> None:
    if not AS_ROOT:
        pytest.skip("only root lends the server to another user")
    pid = running.pid()
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert running.pgdata.stat().st_uid != 0
    assert running.pgdata.stat().st_mode & 0o077 == 0


def test_a_closed_parent_is_never_opened_for_the_servers_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not AS_ROOT:
        pytest.skip("only root keeps the database away from its data folder")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    with clusters.folder() as elsewhere:
        monkeypatch.setattr(place, "SYSTEM_FOLDER", elsewhere / "lib")
        made = Cluster(closed / "data", durable=False, say=said.append)
        try:
            made.start()
            assert closed.stat().st_mode & 0o777 == 0o700
            assert made.pgdata.is_relative_to(elsewhere / "lib")
            assert any("the database is kept in" in words for words in said)
            closed.chmod(0o755)  # opened later: the database stays where it is
            assert Cluster(closed / "data", say=said.append).running()
            (closed / "data" / "postgres.place").unlink()  # as rm -r on the data folder would
            assert Cluster(closed / "data", say=said.append).made_at() is not None
        finally:
            made.stop()


def test_binaries_out_of_reach_are_copied_with_their_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not AS_ROOT:
        pytest.skip("only root copies the binaries")
    wheel = place.find_binaries(None).parents[1]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name, symlinks=True)
    account = place.Account("nobody", 65534, 65534)
    with clusters.folder() as elsewhere:
        monkeypatch.setattr(place, "SYSTEM_FOLDER", elsewhere / "lib")
        copy = place.usable_by(closed / wheel.name / "pginstall18" / "bin", account)
        assert copy.is_relative_to(elsewhere)
        for name in ("initdb", "postgres"):
            subprocess.run([copy / name, "--version"], user=account.uid, check=True, cwd="/")


def _remember(cluster: Cluster, words: str) -> None:
    with psycopg.connect(cluster.url(OWNER_ROLE), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (words text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (%s) ON CONFLICT DO NOTHING", (words,))


def _remembered(cluster: Cluster) -> set[str]:
    with psycopg.connect(cluster.url(OWNER_ROLE)) as connection:
        return {words for (words,) in connection.execute("SELECT words FROM kept")}
