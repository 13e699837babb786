"""A PostgreSQL cluster of our own: made, started, adopted, waited for, stopped."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any
from urllib.parse import quote

import psycopg

from daoda.config.postgres import configuration, place, postmaster, roles
from daoda.config.postgres.place import PORT, ClusterProblem

SUPERUSER = "postgres"
DATABASE = "daoda"
START_S_MAX = 3600.0  # recovery of a large log after a crash; it says how far it is
STOP_S_MAX = 120.0
LEFTOVER_S_MAX = 60.0
_SAY_EVERY_S = 5.0


def _speak(words: str) -> None:
    print(words, flush=True)


class Cluster:
    """The cluster in a data folder. At most one process may start and stop it: hold a lock.

    ``durable=False`` turns off what makes data survive a crash of the machine (tests).
    ``leashed=True`` kills the server when the calling thread dies (tests, drills; Linux only).
    """

    def __init__(
        self,
        data: Path,
        *,
        bin_dir: Path | None = None,
        durable: bool = True,
        leashed: bool = False,
        say: Callable[[str], object] = _speak,
    ) -> None:
        self.data = data.absolute()
        self._bin_dir = bin_dir
        self._durable = durable
        self._leashed = leashed
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._place: place.Place | None = None

    def start(self) -> None:
        """Start the server, or adopt the one a killed parent left. Raises ClusterProblem."""
        at = self._place = place.settle(self.data, self._say)
        if postmaster.find(at.pgdata) is not None:
            self._say("PostgreSQL is still running from before: taking it over")
        else:
            bin_dir = self._bin_dir or place.find_binaries(at.account)
            self._make(bin_dir)
            self._configure()
            self._launch(bin_dir)
        self._wait_until_ready()
        roles.ensure_roles(self.url(SUPERUSER, SUPERUSER))
        roles.ensure_database(self.url(SUPERUSER, SUPERUSER), DATABASE)

    def stop(self) -> None:
        """Stop the server and wait until it has written everything; nothing if it is not up."""
        pid = self._pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)  # fast: ends sessions, then a last checkpoint
        if not self._wait_until_gone(pid, STOP_S_MAX):
            self._say("PostgreSQL does not stop: ending it at once, the next start will recover")
            os.kill(pid, signal.SIGQUIT)
            self._wait_until_gone(pid, STOP_S_MAX)
        self._process = None

    def running(self) -> bool:
        """Whether the server is up or coming up."""
        return postmaster.find(self.pgdata) is not None

    @property
    def pgdata(self) -> Path:
        """Where the server's files are."""
        return self._at().pgdata

    def made_at(self) -> Path | None:
        """Where this data folder's cluster is, up or not; None before its first start."""
        return self._at().home if (self.pgdata / "PG_VERSION").exists() else None

    def pid(self) -> int | None:
        """The process id of the server, while there is one."""
        found = postmaster.find(self.pgdata)
        return found.pid if found else None

    def url(self, role: str = roles.APP_ROLE, database: str = DATABASE) -> str:
        """The address of a database in this cluster, for psycopg and for DATABASE_URL."""
        at = self._at()
        found = postmaster.find(at.pgdata)
        sockets = found.sockets if found and found.sockets else str(at.sockets)
        return f"postgresql://{role}@/{database}?host={quote(sockets, safe='')}&port={PORT}"

    def tool(self, name: str, *arguments: str) -> None:
        """Run one of the server's own programs as the server's user. Raises ClusterProblem."""
        bin_dir = self._bin_dir or place.find_binaries(self._at().account)
        done = self._as_account([str(bin_dir / name), *arguments])
        if done.returncode != 0:
            raise ClusterProblem(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _at(self) -> place.Place:
        if self._place is None:
            self._place = place.Place(place.find_home(self.data), None)
        return self._place

    def _make(self, bin_dir: Path) -> None:
        """initdb beside the final folder and rename: a crash leaves no half a cluster."""
        at = self._at()
        version = self._version(bin_dir)
        if at.pgdata.exists():
            made_by = (at.pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
            if made_by != version:
                raise ClusterProblem(
                    f"{at.pgdata} was made by PostgreSQL {made_by} and these binaries are "
                    f"{version}: dump it with the old version and load it into the new one"
                )
            return
        self._say(f"Making the database: PostgreSQL {version} in {at.home}")
        unfinished = at.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if int(version) >= 17
            else ["--locale=C.UTF-8"]
        )
        command = [
            str(bin_dir / "initdb"),
            *("-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8", "--data-checksums"),
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions", *locale),
            *([] if self._durable else ["--no-sync"]),
        ]
        made = self._as_account(command)
        if made.returncode != 0:
            raise ClusterProblem(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude_if_exists = '{configuration.FILE}'\n")
        unfinished.rename(at.pgdata)

    def _version(self, bin_dir: Path) -> str:
        shown = self._as_account([str(bin_dir / "postgres"), "--version"])
        if shown.returncode != 0:
            raise ClusterProblem(f"{bin_dir / 'postgres'} does not run: {shown.stderr.strip()}")
        return shown.stdout.split()[2].split(".")[0]

    def _configure(self) -> None:
        at = self._at()
        place.make_private(at.sockets, at.account)
        target = at.pgdata / configuration.FILE
        target.write_text(
            configuration.text(sockets=at.sockets, port=PORT, durable=self._durable),
            encoding="utf-8",
        )
        if at.account is not None:
            os.chown(target, at.account.uid, at.account.gid)

    def _launch(self, bin_dir: Path) -> None:
        at = self._at()
        postmaster.drop_stale(at.pgdata, at.sockets)
        with (at.home / "start.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binaries
                [str(bin_dir / "postgres"), "-D", str(at.pgdata)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal is ours to pass on, after the shop has stopped.
                start_new_session=True,
                # Not safe beside threads in general; the call below only reads a loaded symbol.
                preexec_fn=_leash() if self._leashed else None,  # noqa: PLW1509
                **self._identity(),
            )
        self._bin_dir = bin_dir

    def _wait_until_ready(self) -> None:
        """Wait while the server lives, however long it recovers, and say how far it is."""
        started = said = monotonic()
        pause_s = 0.02
        while not self._answers():
            if self._process is not None and self._process.poll() is not None:
                self._start_again_or_give_up(started)
            elif self._process is None and not self.running():
                raise ClusterProblem("the running PostgreSQL ended while it was taken over")
            if monotonic() - started > START_S_MAX:
                raise ClusterProblem(f"PostgreSQL is not ready after an hour: {self._last_words()}")
            if monotonic() - said > _SAY_EVERY_S:
                said = monotonic()
                self._say(
                    f"PostgreSQL is starting, {said - started:.0f} s so far (after a crash it "
                    f"first recovers): {self._last_words()}"
                )
            sleep(pause_s)
            pause_s = min(0.5, pause_s * 1.3)

    def _start_again_or_give_up(self, started: float) -> None:
        """Sessions of a killed server hold its memory for a moment; anything else is final."""
        words = self._last_words()
        leftover = "shared memory block" in words or "lock file" in words
        if not leftover or self._bin_dir is None or monotonic() - started > LEFTOVER_S_MAX:
            raise ClusterProblem(f"PostgreSQL did not start: {words}")
        self._say("Waiting for the sessions of the killed PostgreSQL to end ...")
        sleep(1.0)
        self._launch(self._bin_dir)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(SUPERUSER, SUPERUSER), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def _wait_until_gone(self, pid: int, seconds: float) -> bool:
        started = said = monotonic()
        while postmaster.is_server(pid, self.pgdata):
            if self._process is not None:
                self._process.poll()  # collect it, or it stays in the process table
            if monotonic() - started > seconds:
                return False
            if monotonic() - said > _SAY_EVERY_S:
                said = monotonic()
                self._say(f"PostgreSQL is writing its last pages, {said - started:.0f} s so far")
            sleep(0.02)
        return True

    def _pid(self) -> int | None:
        """Our own child may not have written its pid file yet."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        return self.pid()

    def _last_words(self) -> str:
        """The last lines the server wrote, from the log it writes once it is up or before."""
        at = self._at()
        logs = [at.home / "start.log", *(at.pgdata / "log").glob("*.log")]
        newest = max((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime)
        lines = _tail(newest.open("rb"))
        return " | ".join(lines) or "it said nothing"

    def _as_account(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - our own binaries
                command, capture_output=True, text=True, check=False, **self._identity()
            )
        except OSError as problem:
            raise ClusterProblem(f"{command[0]} cannot be run: {problem.strerror}") from None

    def _identity(self) -> dict[str, Any]:
        """As whom, where and with what environment the binaries run."""
        at = self._at()
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "LC_", "LANG", "DAODA_", "DATABASE_"))
        }
        identity: dict[str, Any] = {"cwd": at.home, "env": clean | {"LC_ALL": "C"}}
        if at.account is not None:
            identity |= {"user": at.account.uid, "group": at.account.gid, "extra_groups": []}
        return identity


def _tail(file: IO[bytes], lines: int = 3) -> list[str]:
    with file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 2000))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def _leash() -> Callable[[], object] | None:
    """What makes the system end the child at once when its parent thread dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGQUIT)
