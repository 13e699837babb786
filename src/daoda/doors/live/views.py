"""The ASGI application of the live door: /live/orders/<link token>."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs, unquote

from psycopg import Error
from psycopg_pool import PoolTimeout

from daoda.doors.live.tail import Tail, Viewer
from daoda.kit import asgi
from daoda.trade.orders import queries as orders

PREFIX = "/live/orders/"
HEARTBEAT_S = 20.0


async def application(
    tail: Tail, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send
) -> None:
    """Tell one page about its order until it goes away.

    Whoever has the order's link may listen; ``seen`` (or Last-Event-ID after a break) is the
    newest fact the page knows, and what came since is told at once.
    """
    subject_id = orders.id_of_link(unquote(scope["path"].removeprefix(PREFIX)))
    if subject_id is None:
        await asgi.reply(send, 404, "text/plain", b"no such order")
        return
    viewer = tail.join(subject_id)
    try:
        try:
            newest = await tail.newest(subject_id)
        except (Error, PoolTimeout):
            await asgi.reply(send, 503, "text/plain", b"try again")
            return
        await _start(send)
        if newest != _seen(scope):
            await _event(send, newest)
        await _until_gone(viewer, receive, send)
    finally:
        tail.leave(viewer)


async def _until_gone(viewer: Viewer, receive: asgi.Receive, send: asgi.Send) -> None:
    tasks = {
        asyncio.create_task(_disconnected(receive)),
        asyncio.create_task(_speak(viewer, send)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with suppress(ConnectionError):
                task.result()
    finally:
        # Also when the server cancels us: a task left behind would hold its viewer for ever.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _speak(viewer: Viewer, send: asgi.Send) -> None:
    while True:
        try:
            fact = await asyncio.wait_for(viewer.events.get(), HEARTBEAT_S)
        except TimeoutError:
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
            continue
        if fact is None:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await _event(send, fact)


async def _disconnected(receive: asgi.Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: asgi.Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: 3000\n\n", "more_body": True})


async def _event(send: asgi.Send, fact: str) -> None:
    body = f"id: {fact}\nevent: changed\ndata: {fact}\n\n".encode()
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _seen(scope: asgi.Scope) -> str:
    again = asgi.header(scope, b"last-event-id")
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return again or (query.get("seen", [""])[0])
