"""Calls to outside parties: one that hangs takes nothing from the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from daoda.kit import http


class _Prompt(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def prompt() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Prompt) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def hanging() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_who_hangs_does_not_use_up_the_time_of_those_behind(prompt: str, hanging: str) -> None:
    calls = [http.Call("GET", hanging)] * 4 + [http.Call("GET", prompt)] * 3
    said = http.send_all(calls, timeout_s=1, concurrency=2)
    assert [type(each) for each in said] == [http.NoAnswer] * 4 + [http.Answer] * 3
