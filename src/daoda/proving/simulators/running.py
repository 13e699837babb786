"""Starting a simulator from the command line: its port, its keys, its memory."""

from __future__ import annotations

import argparse
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from daoda.proving.simulators.courier import Options

Keys = dict[str, dict[str, str]]


def run(
    name: str,
    *,
    new_keys: Callable[[], Keys],
    gateway_path: str,
    make_app: Callable[[Keys, Options], web.Application],
) -> None:
    """Serves until interrupted. The keys file then holds the settings of the shop's channel."""
    asked = _parser(name).parse_args()
    listening = socket.create_server((asked.host, asked.port))
    address = asked.address or f"http://{asked.host}:{listening.getsockname()[1]}"
    keys = load_keys(asked.keys, new_keys)
    keys["channel"]["gateway"] = address + gateway_path
    if asked.keys:
        write_keys(asked.keys, keys)
    options = Options(retry_scale=asked.retry_scale, trades_path=asked.trades)
    print(f"{name} listens on {address}", flush=True)
    web.run_app(make_app(keys, options), sock=listening, print=None, access_log=None)


def load_keys(path: Path | None, new_keys: Callable[[], Keys]) -> Keys:
    """The keys in the file, or fresh ones."""
    if path and path.exists():
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        return {part: dict(values) for part, values in found.items()}
    return new_keys()


def write_keys(path: Path, keys: Keys) -> None:
    """Whole or not at all, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
    fresh.replace(path)


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description=f"Play the {name} payment channel.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--address", help="base address others reach it by, if not host and port")
    parser.add_argument("--keys", type=Path, help="JSON file of keys, made when missing")
    parser.add_argument("--trades", type=Path, help="JSON file to remember trades in")
    parser.add_argument(
        "--retry-scale", type=float, default=1.0, help="0.01 makes waits a hundred times shorter"
    )
    return parser
