"""``daoda web``: serve pages, notices and live updates on one address."""

from __future__ import annotations

import argparse
import gc
import os
import resource
import signal
from typing import Any

from daoda.config import environment, installation, leash, numbering

APPLICATION = "daoda.config.asgi:application"
# Every open order page holds one connection; granian's default of 1,024 hangs beyond that.
VIEWERS_MAX = 16_384
STOP_S_MAX = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=1, help="processes that serve (1)")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    settings = environment.read()
    numbering.refuse_behind(installation.use_running().app)
    _allow_many_files()
    # Served from the packages; the folder is for who collects them for a server in front.
    (settings.data / "static").mkdir(parents=True, exist_ok=True)
    server = Server(
        APPLICATION,
        address=settings.bind,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=options.workers,
        websockets=False,
        backlog=VIEWERS_MAX,
        backpressure=VIEWERS_MAX // options.workers,
        runtime_blocking_threads=32,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_S_MAX,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=load)
    return 0


def load(target: str) -> Any:
    """In a serving process: end with the parent, whose address we hold, then load the app."""
    leash.follow(os.getppid(), by=signal.SIGKILL)
    from granian._internal import load_target

    application = load_target(target)
    # What is loaded by now stays: the collector need not walk over it while requests wait.
    gc.freeze()
    return application


def _allow_many_files() -> None:
    """A connection is an open file; the usual soft limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * VIEWERS_MAX if hard == resource.RLIM_INFINITY else min(hard, 4 * VIEWERS_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
