"""The worker: the loops of every package, run by one engine until a signal comes."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Sequence
from importlib import import_module, util

import structlog
from django.apps import apps
from django.conf import settings
from prometheus_client import start_http_server

from daoda.config.installation import CannotGoOn
from daoda.kit.loops import Engine, Loop

log = structlog.get_logger(__name__)


def main(*, only: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 when every batch could be finished."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    running = loops(only)
    if port := settings.DAODA.worker_metrics_port:
        start_http_server(port, addr="127.0.0.1")  # for this machine only, like the web's
    engine = Engine(running)
    # What is loaded by now stays: the collector need not walk over it every few batches.
    gc.freeze()
    engine.start()
    log.info("worker_started", loops=[loop.name for loop in running])
    told.wait()
    finished = engine.stop()
    log.info("worker_stopped", finished=finished)
    return 0 if finished else 1


def loops(only: Sequence[str] | None = None) -> tuple[Loop, ...]:
    """The ``LOOPS`` of all installed packages, or those named. Raises CannotGoOn."""
    found: dict[str, Loop] = {}
    for config in apps.get_app_configs():
        if not config.name.startswith("daoda.") or not util.find_spec(f"{config.name}.loops"):
            continue
        for loop in import_module(f"{config.name}.loops").LOOPS:
            if loop.name in found:
                raise CannotGoOn(f"two loops are called {loop.name!r}")
            found[loop.name] = loop
    unknown = sorted(set(only or ()) - set(found))
    if unknown:
        raise CannotGoOn(f"no loop is called {', '.join(unknown)}; there are {', '.join(found)}")
    return tuple(loop for name, loop in found.items() if not only or name in only)
