"""What ``daoda doctor`` looks at: one function a subject, each yielding findings in words."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings as django_settings
from django.core import checks
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from daoda.config import grants, numbering
from daoda.config.environment import Environment
from daoda.config.installation import Addresses, CannotGoOn
from daoda.kit import crypto

OLDEST_POSTGRES = 15
SKEW_S_MAX = 5.0
DISK_LOW_BYTES, DISK_FULL_BYTES = 2 * 1024**3, 256 * 1024**2
OK, LOOK, BAD = "ok", "look", "BAD"


@dataclass(frozen=True)
class Finding:
    """``verdict``: ok, look (works, but should not stay so), or BAD."""

    verdict: str
    words: str


def keys() -> Iterator[Finding]:
    """The key ring opens, is private, and seals what it can unseal."""
    source = os.environ["DAODA_KEYS"]
    try:
        ring = crypto.keyring()
        sealed = crypto.seal(b"doctor", aad=b"doctor")
        crypto.unseal(sealed.key_id, sealed.blob, aad=b"doctor")
    except (crypto.KeysMissing, crypto.CannotUnseal) as problem:
        yield Finding(BAD, f"keys: {problem}")
        return
    yield Finding(OK, f"keys: {len(ring.sealing)} to unseal with, {ring.newest} seals")
    if source.lstrip().startswith("{"):
        return
    mode = stat.S_IMODE(Path(source).stat().st_mode)
    if mode & 0o077:
        yield Finding(BAD, f"keys: others may read {source} (mode {mode:o}): chmod 600")


def keys_backup() -> Iterator[Finding]:
    """A second copy of the key ring exists and is the same. Without keys the data is lost."""
    source, copy = os.environ["DAODA_KEYS"], os.environ.get("DAODA_KEYS_BACKUP", "")
    if not copy:
        yield Finding(
            BAD, "backup: copy the key ring to another disk and name it: DAODA_KEYS_BACKUP=path"
        )
        return
    text = source if source.lstrip().startswith("{") else Path(source).read_text("utf-8")
    try:
        same = Path(copy).read_text("utf-8").strip() == text.strip()
    except OSError as problem:
        yield Finding(BAD, f"backup: {copy} cannot be read: {problem.strerror}")
        return
    yield (
        Finding(OK, f"backup: {copy} holds the same keys")
        if same
        else Finding(BAD, f"backup: {copy} is not the key ring in use: copy it again")
    )


def database(addresses: Addresses, *, excess: str) -> Iterator[Finding]:
    """Version, encoding, clock, rights. ``excess`` is the verdict on rights nobody should have."""
    with psycopg.connect(addresses.app, connect_timeout=10, autocommit=True) as connection:
        version = connection.info.server_version // 10_000
        verdict = OK if version >= OLDEST_POSTGRES else BAD
        yield Finding(verdict, f"database: PostgreSQL {version}, at least {OLDEST_POSTGRES}")
        if connection.info.parameter_status("server_encoding") != "UTF8":
            yield Finding(BAD, "database: its encoding is not UTF8")
        yield _clock(connection)
        yield from _role(connection, excess)


def _clock(connection: psycopg.Connection) -> Finding:
    before = datetime.now(UTC)
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    after = datetime.now(UTC)
    read: datetime = row[0] if row else after
    skew_s = max((before - read).total_seconds(), (read - after).total_seconds(), 0.0)
    if skew_s > SKEW_S_MAX:
        return Finding(
            BAD, f"clock: this machine and the database differ by {skew_s:.0f} s: set up NTP"
        )
    return Finding(OK, "clock: this machine and the database agree")


def _role(connection: psycopg.Connection, verdict: str) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT rolsuper, rolcreaterole OR rolcreatedb OR rolbypassrls,"
        " has_schema_privilege('public', 'CREATE') FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    superuser, mighty, creates = row or (True, True, True)
    role = connection.info.user
    if superuser or mighty or creates:
        what = "is a superuser" if superuser else "may create roles, databases or tables"
        yield Finding(
            verdict, f"role: {role} {what}: give the shop a role of its own (DATABASE_OWNER_URL)"
        )
    rights = grants.excess(connection, role)
    if rights:
        yield Finding(verdict, f"role: {role} may change history: {', '.join(rights[:5])}")
    else:
        yield Finding(OK, f"role: {role} cannot change history")


def migrations() -> Iterator[Finding]:
    """Nothing is left to migrate."""
    executor = MigrationExecutor(connections["default"])
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if left:
        yield Finding(BAD, f"tables: {len(left)} migrations wait: daoda migrate")
    else:
        yield Finding(OK, "tables: up to date")


def numbers(addresses: Addresses) -> Iterator[Finding]:
    """What is written now will be read by the books and by the readers of the journal."""
    try:
        numbering.refuse_behind(addresses.app)
    except CannotGoOn as problem:
        yield Finding(BAD, f"history: {problem}")
    else:
        yield Finding(OK, "history: numbers go on rising")


def disk(data: Path) -> Iterator[Finding]:
    """The data folder can be written and has room."""
    if not os.access(data, os.W_OK):
        yield Finding(BAD, f"disk: {data} cannot be written")
        return
    free = shutil.disk_usage(data).free
    words = f"disk: {free / 1024**3:.1f} GiB free at {data}"
    verdict = BAD if free < DISK_FULL_BYTES else LOOK if free < DISK_LOW_BYTES else OK
    yield Finding(verdict, words)


def python() -> Iterator[Finding]:
    """The interpreter is one we were tested with."""
    running = ".".join(str(part) for part in sys.version_info[:3])
    fits = (3, 11) <= sys.version_info[:2] < (3, 15)
    yield Finding(OK if fits else BAD, f"python: {running}, 3.11 to 3.14 are supported")


def deployment(settings: Environment) -> Iterator[Finding]:
    """What a shop that takes real money must not run with."""
    host = urlsplit(settings.base_url).hostname or ""
    for good, words in (
        (not settings.debug, "debug: off (DAODA_DEBUG)"),
        (settings.secure, f"address: https, people reach us at {settings.base_url}"),
        (settings.hosts != ("*",), f"hosts: named, not * (DAODA_HOSTS={host})"),
        (not settings.cheap_passwords, "passwords: argon2 (DAODA_CHEAP_PASSWORDS is not set)"),
        (settings.clock_offset_s == 0, "clock: not shifted (DAODA_CLOCK_OFFSET_S)"),
        (len(django_settings.SECRET_KEY) >= 50, "secret: long enough"),
    ):
        yield Finding(OK, words) if good else Finding(BAD, f"not so: {words}")
    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and not message.is_silenced():
            yield Finding(LOOK, f"django: {message.msg.splitlines()[0]} ({message.id})")
