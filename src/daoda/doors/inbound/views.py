"""The ASGI application of the door: one address per channel, /inbound/<channel id>."""

from __future__ import annotations

import uuid

import structlog
from psycopg import Error
from psycopg_pool import PoolTimeout

from daoda.doors.inbound.intake import Intake, KnownChannel, NotStored
from daoda.kit import asgi
from daoda.trade.payments.adapters.base import Notice

PREFIX = "/inbound/"
BODY_BYTES_MAX = 64 * 1024
log = structlog.get_logger(__name__)


async def application(
    intake: Intake, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send
) -> None:
    """Take one notice. Answers exactly what the channel wants, after the commit."""
    try:
        channel = await _channel(intake, scope["path"])
        if channel is None:
            await asgi.reply(send, 404, "text/plain", b"no such channel")
            return
        body = await asgi.read_body(receive, bytes_max=BODY_BYTES_MAX)
        accepted = await intake.take(channel, _notice(scope, body))
    except asgi.Gone:
        return
    except asgi.BodyTooLong:
        await asgi.reply(send, 413, "text/plain", b"too long")
        return
    except (NotStored, Error, PoolTimeout):
        # Not in good hands: the channel will send it again.
        await asgi.reply(send, 503, "text/plain", b"try again")
        return
    answer = channel.adapter.answer(accepted=accepted)
    await asgi.reply(send, answer.status, answer.content_type, answer.body)


async def _channel(intake: Intake, path: str) -> KnownChannel | None:
    try:
        channel_id = uuid.UUID(hex=path.removeprefix(PREFIX).strip("/"))
    except ValueError:
        return None
    return await intake.channel(channel_id)


def _notice(scope: asgi.Scope, body: bytes) -> Notice:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Notice(method=scope["method"], headers=headers, query=query, body=body)
