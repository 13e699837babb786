"""What the shop counts is told to this machine alone."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from django.conf import settings

from daoda.doors.probes.views import application

HERE, ELSEWHERE = ("127.0.0.1", 40000), ("203.0.113.7", 40000)
FORWARDED = (b"x-forwarded-for", b"203.0.113.7")


def status(client: tuple[str, int] | None, *headers: tuple[bytes, bytes]) -> int:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"path": "/metrics", "client": client, "headers": list(headers)}
    asyncio.run(application(None, scope, send))  # type: ignore[arg-type] # asks no database
    answered: int = sent[0]["status"]
    return answered


def test_only_this_machine_is_answered():
    assert status(HERE) == 200
    assert status(("::1", 40000)) == 200
    assert status(ELSEWHERE) == status(None) == 404


def test_a_proxy_of_this_machine_is_not_this_machine(monkeypatch: pytest.MonkeyPatch):
    assert status(HERE, FORWARDED) == 404
    behind = dataclasses.replace(settings.DAODA, trusted_proxies=1)
    monkeypatch.setattr(settings, "DAODA", behind)
    assert status(HERE) == 404, "a proxy that names nobody speaks for anybody"
