"""Calls in flight: the quick come back while the slow are out, and each comes back once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from daoda.kit import http
from daoda.kit.dispatch import Dispatcher, Done
from daoda.kit.tests.test_http import hanging, prompt

__all__ = ["hanging", "prompt"]


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher[str]]:
    made: Dispatcher[str] = Dispatcher(in_flight_max=100)
    yield made
    made.close()


def collected(dispatcher: Dispatcher[str], count: int, within_s: float) -> list[Done[str]]:
    found: list[Done[str]] = []
    ends_at = monotonic() + within_s
    while len(found) < count and monotonic() < ends_at:
        found += dispatcher.collect(wait_s=0.05, rows_max=100)
    return found


def test_the_quick_do_not_wait_for_the_slow(
    dispatcher: Dispatcher[str], prompt: str, hanging: str
) -> None:
    dispatcher.send([("slow", http.Call("GET", hanging))] * 20, timeout_s=2)
    dispatcher.send([("quick", http.Call("GET", prompt))] * 20, timeout_s=2)
    quick = collected(dispatcher, 20, within_s=1.5)
    assert [one.about for one in quick] == ["quick"] * 20
    assert dispatcher.free == 80
    slow = collected(dispatcher, 20, within_s=4)
    assert {(one.about, one.answer) for one in slow} == {("slow", http.NoAnswer("TimeoutError"))}
    assert not dispatcher.busy


def test_what_nobody_heard_is_told_apart_from_silence(dispatcher: Dispatcher[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    dispatcher.send(
        [("gone", http.Call("POST", f"http://127.0.0.1:{port}/", body=b"x"))], timeout_s=2
    )
    (done,) = collected(dispatcher, 1, within_s=3)
    assert isinstance(done.answer, http.NoAnswer)
    assert not done.answer.sent


def test_a_call_written_wrongly_ends_too(dispatcher: Dispatcher[str]) -> None:
    dispatcher.send([("wrong", http.Call("GET", "no address at all"))], timeout_s=2)
    (done,) = collected(dispatcher, 1, within_s=3)
    assert isinstance(done.answer, http.NoAnswer)
    assert dispatcher.free == 100
