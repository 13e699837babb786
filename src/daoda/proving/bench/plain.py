"""The door of notices as a plain Django view: ``python -m daoda.proving.bench.plain``.

What the lean door is measured beside. It verifies, masks and seals with the same code and stores
the same row, through the ORM, one transaction a notice; no middleware, so that nothing is held
against it. Only the benchmark serves it: no URL of the shop leads here.
"""

from __future__ import annotations

import os
import uuid
from typing import Any

THREADS = 8
_adapters: dict[uuid.UUID, tuple[uuid.UUID, Any]] = {}


def main() -> None:
    """Serve it like ``daoda web`` serves Django: one process, granian's WSGI."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "daoda.proving.bench.plain:application",
        address="127.0.0.1",
        port=int(os.environ["DAODA_PORT"]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
    ).serve()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """WSGI. The handler is made at the first request, in the serving process."""
    return _handler()(environ, start_response)


def take(request: Any, channel: str) -> Any:
    """The view: verify, store, answer."""
    from django.db import IntegrityError, transaction
    from django.http import HttpResponse

    from daoda.kit import clock
    from daoda.trade.payments import actions as payments
    from daoda.trade.payments.adapters.base import Notice
    from daoda.trade.payments.models import Notice as Row

    channel_id = uuid.UUID(hex=channel)
    shop_id, adapter = _adapter(channel_id)
    notice = Notice(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.META["QUERY_STRING"],
        body=request.body,
    )
    now = clock.now()
    new = payments.prepare(
        shop_id=shop_id, channel_id=channel_id, adapter=adapter, notice=notice, now=now
    )
    try:
        with transaction.atomic():
            Row.everywhere.create(**_fields(new, now))
    except IntegrityError:
        pass  # told before, and answered like the first time
    answer = adapter.answer(accepted=payments.accepted(new))
    return HttpResponse(
        answer.body,
        content_type=answer.content_type,
        status=answer.status,
        headers={"Content-Length": str(len(answer.body))},  # as CommonMiddleware would say
    )


def _fields(new: Any, now: Any) -> dict[str, Any]:
    reading = new.reading
    same = ("event_key", "verdict", "status", "out_number", "trade_no", "amount_fen", "currency",
            "paid_at", "payer", "detail")  # fmt: skip
    return {name: getattr(reading, name) for name in same} | {
        "id": new.id, "shop_id": new.shop_id, "channel_id": new.channel_id,
        "masked": new.masked, "key_id": new.key_id, "sealed": new.sealed, "received_at": now,
        "next_try_at": now, "state": new.state, "node": new.node, "owner": new.owner,
        "promised_at": new.promised_at,
    }  # fmt: skip


def _adapter(channel_id: uuid.UUID) -> tuple[uuid.UUID, Any]:
    from daoda.trade.payments import actions as payments
    from daoda.trade.payments.models import Channel

    if channel_id not in _adapters:
        row = Channel.everywhere.get(pk=channel_id)
        adapter = payments.open_adapter(
            row.adapter, row.key_id, bytes(row.config), row.shop_id, channel_id
        )
        _adapters[channel_id] = (row.shop_id, adapter)
    return _adapters[channel_id]


def _handler(made: list[Any] = []) -> Any:  # noqa: B006 - one a process
    if not made:
        from daoda.config import django_ready

        django_ready()
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler

        settings.MIDDLEWARE = []
        settings.ROOT_URLCONF = "daoda.proving.bench.plain_urls"
        made.append(WSGIHandler())
    return made[0]


if __name__ == "__main__":
    main()
