"""Everything the environment may say, read and checked in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import conninfo


class BadSetting(ValueError):
    """A variable of the environment has a value we cannot use; the message says which."""


@dataclass(frozen=True)
class Environment:
    """The installation's settings; see docs/operating/settings.md for each variable."""

    data: Path
    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    base_url: str
    bind: str
    port: int
    debug: bool
    trusted_proxies: int
    hosts: tuple[str, ...]
    clock_offset_s: float
    log_level: str
    cheap_passwords: bool
    worker_metrics_port: int
    page_threads: int

    @property
    def secure(self) -> bool:
        """Whether people reach us by TLS, so that cookies may insist on it."""
        return self.base_url.startswith("https://")


def read(source: Mapping[str, str] = os.environ) -> Environment:
    """The environment as values. Raises BadSetting."""
    port = _whole(source, "DAODA_PORT", 8000)
    url = source.get("DATABASE_URL", "")
    return Environment(
        data=Path(source.get("DAODA_DATA", "data")).absolute(),
        database_url=url,
        database_owner_url=source.get("DATABASE_OWNER_URL", "") or url,
        base_url=source.get("DAODA_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        bind=source.get("DAODA_BIND", "127.0.0.1"),
        port=port,
        debug=_flag(source, "DAODA_DEBUG"),
        trusted_proxies=_whole(source, "DAODA_TRUSTED_PROXIES", 0),
        hosts=tuple(h for h in source.get("DAODA_HOSTS", "").split(",") if h) or ("*",),
        clock_offset_s=_seconds(source, "DAODA_CLOCK_OFFSET_S"),
        log_level=source.get("DAODA_LOG_LEVEL", "INFO").upper(),
        cheap_passwords=_flag(source, "DAODA_CHEAP_PASSWORDS"),
        worker_metrics_port=_whole(source, "DAODA_WORKER_METRICS_PORT", 0),
        page_threads=_whole(source, "DAODA_PAGE_THREADS", 8, least=1),
    )


def django_database(url: str) -> dict[str, object]:
    """A DATABASE_URL as Django's settings. Raises BadSetting for anything but PostgreSQL.

    It may name several servers, ``@one:5432,two:5432/``, of which ``target_session_attrs``
    chooses the one that takes writes; whatever else it says wins over our own habits.
    """
    if not url:
        # Commands that need no database (drawing states, making migrations) still load settings.
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "daoda", "OPTIONS": _OPTIONS}
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadSetting("DATABASE_URL must begin with postgresql://")
    try:
        said = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Why is not repeated: the words quote the address, and with it the password.
        raise BadSetting(
            "DATABASE_URL cannot be read: postgresql://role:password@host:5432/name, special "
            "characters percent-encoded, and after ? what libpq knows"
        ) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": said.pop("dbname", "daoda"),
        "USER": said.pop("user", ""),
        "PASSWORD": said.pop("password", ""),
        "HOST": said.pop("host", ""),
        "PORT": said.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_OPTIONS, **_NETWORK, **said},
    }


# Django switches server-side preparing off unless told; our hot statements live by it.
_OPTIONS: dict[str, object] = {"prepare_threshold": 5}
# A server that was cut off says nothing, and the system would wait for it for hours. Seconds,
# but for the last, which is in milliseconds; on a socket of this machine only the first counts.
_NETWORK: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def _whole(source: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    text = source.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise BadSetting(f"{name} must be a whole number from {least}, not {text!r}")
    return int(text)


def _seconds(source: Mapping[str, str], name: str) -> float:
    text = source.get(name, "0")
    try:
        return float(text)
    except ValueError:
        raise BadSetting(f"{name} must be a number of seconds, not {text!r}") from None


def _flag(source: Mapping[str, str], name: str) -> bool:
    text = source.get(name, "0")
    if text not in ("0", "1"):
        raise BadSetting(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"
