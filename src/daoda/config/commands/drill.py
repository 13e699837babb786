"""``daoda drill``: rehearse what can go wrong on a sale day, on a throw-away copy of the house."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

# Found by name: what proves the house stands on the floor above, like the sandbox channel.
DRILLS = "daoda.proving.drills"
HELPS_ITSELF = True


class _Help(argparse.Action):
    """The drills say themselves which there are."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="list the drills and all options")

    def __call__(self, *_: object) -> None:
        _become("--help")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action=_Help)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="which; all of them: all; none: list"
    )
    parser.add_argument("--seed", help="repeats a run; one is thrown if none is given")
    parser.add_argument("--orders", help="orders of the day (1000)")
    parser.add_argument("--results", metavar="FOLDER", help="where results go (drills in the data)")
    parser.add_argument("--page", metavar="FILE", help="put the newest results into this page")


def run(options: argparse.Namespace) -> int:
    """Become the drill, so that a Ctrl-C reaches it and nobody else."""
    given = {name: getattr(options, name) for name in ("seed", "orders", "results", "page")}
    _become(*options.names, *(f"--{name}={value}" for name, value in given.items() if value))
    return 0


def _become(*words: str) -> None:
    os.execv(sys.executable, [sys.executable, "-m", DRILLS, *words])  # noqa: S606
