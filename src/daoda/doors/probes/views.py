"""The ASGI applications of /healthz, /readyz and /metrics."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from daoda.kit import asgi

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


async def application(
    database: AsyncConnectionPool[Any], scope: asgi.Scope, send: asgi.Send
) -> None:
    """Answer one probe."""
    if scope["path"] == "/healthz":
        await asgi.reply(send, 200, "text/plain", b"alive\n")
    elif scope["path"] == "/readyz":
        ready = await _ready(database)
        words = b"ready\n" if ready else b"the database does not answer\n"
        await asgi.reply(send, 200 if ready else 503, "text/plain", words)
    elif _from_this_machine(scope):
        await asgi.reply(send, 200, CONTENT_TYPE_LATEST, generate_latest())
    else:
        await asgi.reply(send, 404, "text/plain", b"not here\n")


async def _ready(database: AsyncConnectionPool[Any]) -> bool:
    try:
        async with database.connection() as lent:
            await lent.execute("SELECT 1")
    except (Error, PoolTimeout):
        return False
    return True


def _from_this_machine(scope: asgi.Scope) -> bool:
    """Directly, not through a proxy on this machine that speaks for somebody else.

    Where proxies stand in front, one that names nobody looks like this machine itself.
    """
    if settings.DAODA.trusted_proxies or not scope.get("client"):
        return False
    if asgi.header(scope, b"x-forwarded-for"):
        return False
    try:
        return ipaddress.ip_address(scope["client"][0]).is_loopback
    except ValueError:
        return False
