"""``daoda drill``: rehearse what can go wrong on a sale day, on a throw-away copy of the house."""

from __future__ import annotations

import argparse
import os
import sys

# Found by name: what proves the house stands on the floor above, like the sandbox channel.
DRILLS = "daoda.proving.drills"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="which; all of them: all; none: list"
    )
    parser.add_argument("--seed", help="repeats a run; one is thrown if none is given")
    parser.add_argument("--orders", help="orders of the day (1000)")
    parser.add_argument("--results", metavar="FOLDER", help="where results go (drills in the data)")


def run(options: argparse.Namespace) -> int:
    """Become the drill, so that a Ctrl-C reaches it and nobody else."""
    given = {name: getattr(options, name) for name in ("seed", "orders", "results")}
    words = [f"--{name}={value}" for name, value in given.items() if value is not None]
    os.execv(sys.executable, [sys.executable, "-m", DRILLS, *options.names, *words])  # noqa: S606
