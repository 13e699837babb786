"""The little of ASGI that the lean doors need: read a bounded body, send a reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyTooLong(ValueError):
    """The request's body is longer than its door allows."""


class Gone(ConnectionError):
    """The other side went away before it had said everything."""


async def read_body(receive: Receive, *, bytes_max: int) -> bytes:
    """The whole body. Raises BodyTooLong, Gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise BodyTooLong
        if not message.get("more_body", False):
            return bytes(body)


async def reply(send: Send, status: int, content_type: str, body: bytes) -> None:
    """Send a whole reply."""
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str:
    """The last header of this lower-case name, or ''."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[-1].decode("latin-1") if found else ""
