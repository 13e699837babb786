"""A process that must not outlive its parent: ``python -m daoda.config.leash MODULE [ARG ...]``.

A supervisor killed by -9 cannot stop its children, and children left behind keep the address and
the claims the next start needs. So each child asks the system to be told of its parent's death.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
from time import sleep

PARENT = "DAODA_PARENT_PID"
_POLL_S = 1.0
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)


def follow(parent: int, *, by: signal.Signals = signal.SIGTERM) -> None:
    """From now on receive ``by`` when the process ``parent`` dies; at once if it has died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, by)
    else:
        threading.Thread(target=_watch, args=(parent, by), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def _watch(parent: int, by: signal.Signals) -> None:
    while os.getppid() == parent:
        sleep(_POLL_S)
    os.kill(os.getpid(), by)


def main() -> None:
    """Follow the parent named in the environment, then become the module."""
    follow(int(os.environ.pop(PARENT)))
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
