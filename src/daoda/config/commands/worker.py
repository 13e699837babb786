"""``daoda worker``: claim and do what is due, until told to stop."""

from __future__ import annotations

import argparse

from daoda.config import installation, numbering


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="LOOP", nargs="+", help="run these loops alone")
    parser.add_argument("--list", action="store_true", help="print the loops and end")


def run(options: argparse.Namespace) -> int:
    """Run the loops of all packages in this process; any number of workers may run."""
    if not options.list:
        numbering.refuse_behind(installation.use_running().app)
    from daoda.config import django_ready, worker

    django_ready()
    if options.list:
        for loop in worker.loops():
            print(f"{loop.name}: every {loop.every_s:g} s, woken by {loop.wake or 'nobody'}")
        return 0
    return worker.main(only=options.only)
