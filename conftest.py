"""The test database: one throw-away PostgreSQL a run, one migrated template, clones of it.

* ``db`` (pytest-django's): a clone for each test process, every test rolled back.
* ``world_db``, or ``@pytest.mark.committed``: a clone for this one test, which may commit, use
  threads and start processes. History refuses DELETE and TRUNCATE, so nothing is ever flushed.

Both connect as the application's role, with its rights and no others. The server starts when
the first test asks for it. ``DAODA_TEST_PG_BIN`` names other PostgreSQL binaries to run it with,
``DAODA_TEST_DATABASE_URL`` a superuser's address of a running server to use instead.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest

# How long an example takes is a matter of who else uses the machine.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

_PREFIX = "daoda-test-"
_FRESH_S = 60.0  # a younger folder may belong to a run that has not taken its lock yet


def _begin_run() -> tuple[Path, Any]:
    """The run's folder and the lock that keeps it; processes of pytest-xdist share both."""
    if inherited := os.environ.get("DAODA_TEST_RUN"):
        return Path(inherited), None
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)  # root lends the server to another user, who must get in
    lock = (folder / "owner.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.environ["DAODA_TEST_RUN"] = str(folder)
    return folder, lock


def _set_environment(folder: Path) -> None:
    """Settings are read once, at import: nothing of this machine's own may reach them."""
    kept = ("DAODA_TEST_", "DAODA_VECTORS")
    for name in list(os.environ):
        if name.startswith(("DAODA_", "DATABASE_")) and not name.startswith(kept):
            del os.environ[name]
    from daoda.kit import crypto

    data = folder / "files"
    (data / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is missing
    # One ring for all processes of the run: pytest-django reads the settings, and with them the
    # keys, from the environment a worker inherits, before this file is run in it.
    keys = folder / "keys.json"
    crypto.ensure_keyring(keys)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "daoda.config.settings",
        "DAODA_DATA": str(data),
        "DAODA_KEYS": str(keys),
        "DAODA_CHEAP_PASSWORDS": "1",
        "DAODA_LOG_LEVEL": "WARNING",
    }


RUN, _OWNED = _begin_run()
_set_environment(RUN)

import django  # noqa: E402 - the settings read the environment set above

django.setup()

from daoda.config import database, migration  # noqa: E402
from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster, roles  # noqa: E402
from tests import dealing  # noqa: E402


@dataclass(frozen=True)
class Database:
    """One database of the test server. ``url`` is the application's role."""

    name: str
    url: str
    owner_url: str
    superuser_url: str


class Server:
    """The PostgreSQL of this run: our own throw-away cluster, or one we were given."""

    def __init__(self) -> None:
        self.given = os.environ.get("DAODA_TEST_DATABASE_URL", "")
        binaries = os.environ.get("DAODA_TEST_PG_BIN")
        self.cluster = Cluster(
            RUN / "cluster",
            bin_dir=Path(binaries) if binaries else None,
            durable=False,
            say=lambda words: None,
        )

    def start(self) -> None:
        if self.given:
            roles.ensure_roles(self.given, password=_GIVEN_PASSWORD)
        elif not self.cluster.running():
            self.cluster.start()

    def url(self, role: str | None, name: str) -> str:
        """The address of a database for a role; None is the superuser."""
        if not self.given:
            return self.cluster.url(role or "postgres", name)
        parts = urlsplit(self.given)
        if role is None:
            return urlunsplit(parts._replace(path=f"/{name}"))
        host = parts.netloc.rpartition("@")[2]
        netloc = f"{role}:{_GIVEN_PASSWORD}@{host}"
        return urlunsplit(parts._replace(netloc=netloc, path=f"/{name}"))

    def database(self, name: str) -> Database:
        return Database(
            name, self.url(APP_ROLE, name), self.url(OWNER_ROLE, name), self.url(None, name)
        )

    def create(self, name: str, *, template: str | None = None) -> Database:
        roles.ensure_database(self.url(None, "postgres"), name, template=template)
        return self.database(name)

    def drop(self, name: str) -> None:
        roles.drop_database(self.url(None, "postgres"), name)


_GIVEN_PASSWORD = "daoda-test"  # noqa: S105 - of a server for tests
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_STEM = f"daoda_{RUN.name.removeprefix(_PREFIX)}".lower()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "committed: works on a database of its own and commits")
    if _OWNED is not None:
        _sweep()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whole files, the long ones first; see ``tests/dealing.py``."""
    return dealing.Dealer(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark and (mark.kwargs.get("transaction") or any(mark.args)):
            raise pytest.UsageError(
                f"{item.nodeid}: history cannot be flushed; mark it committed instead"
            )
    if hasattr(config, "workerinput"):
        dealing.long_ones_first(items)


def pytest_unconfigure() -> None:
    """The process that began the run ends its server."""
    if _OWNED is None:
        return
    server = Server()
    if server.given:
        with psycopg.connect(server.given, autocommit=True) as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{_STEM}\\_%",)
            ).fetchall()
        for (name,) in names:
            server.drop(name)
    _remove(RUN)


@pytest.fixture(scope="session")
def server() -> Server:
    """The running test server, shared by all processes of the run."""
    found = Server()
    with _alone():
        found.start()
    return found


@pytest.fixture(scope="session")
def template(server: Server, django_db_blocker: Any) -> str:
    """The name of the migrated database that all others are copies of."""
    name = f"{_STEM}_template"
    done = RUN / "template.done"
    with _alone(), django_db_blocker.unblock():
        if not done.exists():
            owner_url = server.create(name).owner_url
            migration.migrate(owner_url=owner_url, app_role=APP_ROLE, verbosity=0)
            database.point_at("")
            done.touch()
    return name


@pytest.fixture(scope="session")
def django_db_setup(server: Server, template: str) -> None:
    """pytest-django's databases: one clone for this process, tests are rolled back in it."""
    database.point_at(_base(server, template).url)


def _base(server: Server, template: str) -> Database:
    return server.create(f"{_STEM}_{_WORKER}", template=template)


@pytest.fixture
def world_db(
    request: pytest.FixtureRequest, server: Server, template: str, django_db_blocker: Any
) -> Iterator[Database]:
    """A database for this test alone; Django's default connection points at it."""
    if {"db", "transactional_db"} & set(request.fixturenames):
        raise pytest.UsageError(f"{request.node.nodeid}: asks for both db and world_db")
    own = server.create(f"{_STEM}_{_WORKER}_own", template=template)
    with django_db_blocker.unblock():
        database.point_at(own.url)
        try:
            yield own
        finally:
            database.point_at(server.url(APP_ROLE, f"{_STEM}_{_WORKER}"))
            server.drop(own.name)


@pytest.fixture
def process_env(world_db: Database, tmp_path: Path) -> dict[str, str]:
    """The environment for real processes (web, worker) that work on ``world_db``."""
    return {
        **os.environ,
        "DATABASE_URL": world_db.url,
        "DATABASE_OWNER_URL": world_db.owner_url,
        "DAODA_DATA": str(tmp_path),
    }


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    """A test that works with a ring of its own leaves none of its keys to the next one."""
    yield
    from daoda.kit import crypto

    crypto.keyring.cache_clear()
    crypto._cipher.cache_clear()


@pytest.fixture(autouse=True)
def _committed(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("committed"):
        request.getfixturevalue("world_db")


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """``vectors("alipay_notify")``: a file of shared test vectors, from ``DAODA_VECTORS``."""

    def read(name: str) -> Any:
        folder = os.environ.get("DAODA_VECTORS")
        if not folder:
            pytest.skip(f"DAODA_VECTORS is not set: the vectors {name} were not tried")
        return json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))

    return read


@contextmanager
def _alone() -> Iterator[None]:
    """One process of the run at a time."""
    with (RUN / "turn.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """End what killed runs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < _FRESH_S:
                continue
            with (folder / "owner.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
        except OSError:
            continue  # in use, someone else's, or already gone


def _remove(folder: Path) -> None:
    Cluster(folder / "cluster", say=lambda words: None).stop()
    shutil.rmtree(folder, ignore_errors=True)
