"""Several processes that start together, and the seconds until the last one is done."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from time import monotonic, sleep
from typing import Any

PATIENCE_S_MAX = 600.0


def race(work: Callable[..., None], shares: Sequence[tuple[Any, ...]]) -> float:
    """Run ``work(barrier, *share)`` in a fresh process each; seconds from the moment all are
    ``ready``, until the last one has returned.

    Raises RuntimeError when one fails; its output says why.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(shares) + 1)
    processes = [
        context.Process(target=_run, args=(work, barrier, *share), daemon=True) for share in shares
    ]
    for process in processes:
        process.start()
    _meet(barrier, processes)
    started = monotonic()
    _meet(barrier, processes)
    seconds = monotonic() - started
    for process in processes:
        process.join()
    return seconds


def ready(barrier: Barrier) -> None:
    """Called by the work once it is set up. What is loaded by then stays, as in the worker."""
    gc.freeze()
    barrier.wait()


def _run(work: Callable[..., None], barrier: Barrier, *share: Any) -> None:
    work(barrier, *share)
    barrier.wait()  # done: what an interpreter takes to end is nobody's work


def _meet(barrier: Barrier, processes: Sequence[BaseProcess]) -> None:
    ends_at = monotonic() + PATIENCE_S_MAX
    while barrier.n_waiting < len(processes):
        if monotonic() > ends_at or any(process.exitcode is not None for process in processes):
            barrier.abort()
            raise RuntimeError("a process of the benchmark failed; its output says why")
        sleep(0.005)
    barrier.wait()
