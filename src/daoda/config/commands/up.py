"""``daoda up``: run everything, from the database to the pages, until Ctrl-C."""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import psycopg

from daoda.config import environment, installation
from daoda.config.environment import Environment
from daoda.config.installation import Addresses, CannotGoOn
from daoda.config.postgres import Cluster, ClusterProblem
from daoda.config.supervisor import Child, Supervisor

CLI = "daoda.config.cli"
SANDBOX = "daoda.proving.simulators.sandbox"
OWNER_URL = "DATABASE_OWNER_URL"
SANDBOX_PORT_ABOVE = 10
SUPPLIER = "daoda.proving.simulators.suppliers"
SUPPLIER_PORT_ABOVE = 11
PORT_FREE_S_MAX = 20.0  # the children of a killed parent need a moment to end
READY_S_MAX = 120.0
REVIVE_AGAIN_S = 3.0
Keep = Callable[[], object]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--demo", action="store_true", help="with a demo shop and a simulated payment channel"
    )


def run(options: argparse.Namespace) -> int:
    """Keys, database, migrations, then web and worker under supervision."""
    settings = environment.read()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # so that `finally` is reached
    note = {"address": settings.base_url}
    with installation.hold(settings.data, note), _database(settings) as (addresses, keep):
        variables = _variables(addresses, settings, quiet=options.demo)
        _wait_for_port(settings.bind, settings.port)
        _say("Bringing the tables up to date ...")
        _command({**variables, OWNER_URL: addresses.owner}, "migrate", "--quiet")
        return _supervise(settings, variables, play=options.demo, keep=keep)


@contextmanager
def _database(settings: Environment) -> Iterator[tuple[Addresses, Keep]]:
    """The given database, or the embedded one for as long as we run, and what keeps it running."""
    addresses = installation.given(settings)
    if addresses is not None:
        owner_url = addresses.owner
        if installation.ensure_keys(settings, data_at=lambda: installation.tables_at(owner_url)):
            _say(f"New keys in {os.environ['DAODA_KEYS']}: back them up with the data")
        installation.connect(addresses.app).close()
        yield addresses, lambda: None  # whoever gave it looks after it
        return
    cluster = Cluster(settings.data)
    if installation.ensure_keys(settings, data_at=cluster.made_at):
        _say(f"New keys in {os.environ['DAODA_KEYS']}: back them up with the data")
    try:
        _say("Starting PostgreSQL ...")
        cluster.start()
        yield installation.of_cluster(cluster), _Revival(cluster)
    finally:
        _say("Stopping PostgreSQL ...")
        cluster.stop()


class _Revival:
    """Starts the embedded database again when it has ended; whoever works on it waits by itself.

    Weakness: a recovery that takes long is waited for, and a wish to stop with it.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._due_at = 0.0

    def __call__(self) -> None:
        if self._cluster.running() or monotonic() < self._due_at:
            return
        _say("PostgreSQL has ended: starting it again ...")
        try:
            self._cluster.start()
        except (ClusterProblem, psycopg.Error, OSError) as problem:
            self._due_at = monotonic() + REVIVE_AGAIN_S
            _say(f"{problem}: trying again in {REVIVE_AGAIN_S:.0f} s")
        else:
            _say("PostgreSQL is back")


def _variables(addresses: Addresses, settings: Environment, *, quiet: bool) -> dict[str, str]:
    variables = {**os.environ, **addresses.variables(), "DAODA_DATA": str(settings.data)}
    variables.pop(OWNER_URL, None)
    if quiet:
        variables.setdefault("DAODA_LOG_LEVEL", "WARNING")
    return variables


def _wait_for_port(bind: str, port: int) -> None:
    """Raises CannotGoOn when somebody else keeps the port."""
    ends_at = monotonic() + PORT_FREE_S_MAX
    told = False
    while (problem := _port_problem(bind, port)) is not None:
        if monotonic() > ends_at:
            raise CannotGoOn(
                f"{bind}:{port} cannot be used ({problem}): stop the program "
                f"that has it, or choose another port:  DAODA_PORT=8080"
            )
        if not told:
            _say(f"Waiting for port {port} to become free ...")
            told = True
        sleep(0.3)


def _port_problem(bind: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((bind, port))
            trial.listen(1)
        except OSError as problem:
            return str(problem.strerror)
    return None


def _command(variables: Mapping[str, str], *words: str) -> None:
    """Run another subcommand to its end. Raises CannotGoOn when it fails; it has said why."""
    ended = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", CLI, *words], env=variables, check=False
    )
    if ended.returncode != 0:
        raise CannotGoOn(f"daoda {words[0]} did not succeed, so nothing was started")


def _supervise(
    settings: Environment, variables: Mapping[str, str], *, play: bool, keep: Keep
) -> int:
    """Run the children until told to stop. They are stopped in this order: takers first."""
    children = [Child("web", CLI, ["web"]), Child("worker", CLI, ["worker"])]
    if play:
        children[1:1] = [_sandbox(settings), _supplier(settings)]
    supervisor = Supervisor(children, environment=variables, say=_say)
    try:
        if play:
            for child in children[1:3]:
                supervisor.start(child.name)
            _wait_for_file(settings.data / "sandbox.json")
            _wait_for_file(settings.data / "supplier.json")
            _command(variables, "demo")
        supervisor.catch_signals()
        supervisor.start()
        _wait_until_ready(supervisor, settings)
        supervisor.watch(also=keep)
    finally:
        supervisor.stop()
    return 0


def _sandbox(settings: Environment) -> Child:
    """The simulated channel, where the buyer's browser reaches it; it writes down its keys."""
    port = settings.port + SANDBOX_PORT_ABOVE
    _wait_for_port(settings.bind, port)
    host = urlsplit(settings.base_url).hostname or settings.bind
    return Child(
        "sandbox channel",
        SANDBOX,
        [
            *("--host", settings.bind, "--port", str(port), "--address", f"http://{host}:{port}"),
            *("--keys", str(settings.data / "sandbox.json")),
            *("--trades", str(settings.data / "sandbox-trades.json")),
        ],
    )


def _supplier(settings: Environment) -> Child:
    """The played supplier, which tops accounts up in a quarter of a minute."""
    port = settings.port + SUPPLIER_PORT_ABOVE
    _wait_for_port(settings.bind, port)
    keys = str(settings.data / "supplier.json")
    return Child(
        "played supplier",
        SUPPLIER,
        [
            *("--dialect", "dujiao_next", "--host", "127.0.0.1", "--port", str(port)),
            *("--keys", keys, "--topup", "--takes-s", "15", "--price-fen", "100"),
        ],
    )


def _wait_for_file(path: Path) -> None:
    ends_at = monotonic() + READY_S_MAX
    while not path.exists():
        if monotonic() > ends_at:
            raise CannotGoOn(f"a played party did not write {path}; see above why")
        sleep(0.1)


def _wait_until_ready(supervisor: Supervisor, settings: Environment) -> None:
    ends_at = monotonic() + READY_S_MAX
    while not supervisor.stopping:
        supervisor.look()
        if _answers(settings):
            _say(_welcome(settings))
            return
        if monotonic() > ends_at:
            _say(f"web does not answer after {READY_S_MAX:.0f} s; still trying. See above why.")
            return
        sleep(0.2)


def _answers(settings: Environment) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(settings: Environment) -> str:
    return (
        f"\nDaoda is ready.\n"
        f"  shop   {settings.base_url}/\n"
        f"  staff  {settings.base_url}/staff/login\n"
        f"  data   {settings.data}\n"
        f"Ctrl-C stops everything; the data stays.\n"
    )


def _say(words: str) -> None:
    print(words, flush=True)
