"""``daoda rehearse``: play a day in a copy of the shop before it comes."""

from __future__ import annotations

import argparse
import os
import sys

# Found by name, like the drills: what proves the house stands on the floor above.
SIMULATION = "daoda.proving.simulation"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("preset", nargs="?", help="quiet, weekend or sale (quiet)")
    for option, metavar, words in (
        ("--day", "FILE", "the whole day, as JSON; --show-day prints one to begin with"),
        ("--date", "DATE", "which day (the coming Saturday)"),
        ("--agents", "N", "how many people deliver by hand"),
        ("--one-in", "N", "of orders from the shelf play one in so many"),
        ("--seed", "N", "another throw of the same dice"),
        ("--shop", "SLUG", "which shop, if there are several"),
        ("--results", "FOLDER", "where SVG and JSON go (rehearsals in the data)"),
    ):
        parser.add_argument(option, metavar=metavar, help=words)
    parser.add_argument("--show-day", action="store_true", help="print the day as JSON and end")


def run(options: argparse.Namespace) -> int:
    """Become the simulation, so that a Ctrl-C reaches it and nobody else."""
    given = {
        name: getattr(options, name.removeprefix("--").replace("-", "_"))
        for name in ("--day", "--date", "--agents", "--one-in", "--seed", "--shop", "--results")
    }
    words = [f"{name}={value}" for name, value in given.items() if value is not None]
    words += ["--show-day"] * options.show_day + [options.preset] * (options.preset is not None)
    os.execv(sys.executable, [sys.executable, "-m", SIMULATION, *words])  # noqa: S606
