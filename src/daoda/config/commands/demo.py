"""``daoda demo``: fill an empty house with a shop to look around in."""

from __future__ import annotations

import argparse
from importlib import util

from daoda.config import installation

MODULE = "daoda.config.demo"


def available() -> bool:
    """Whether this build has a demo shop."""
    return util.find_spec(MODULE) is not None


def run(options: argparse.Namespace) -> int:
    """Create the demo shop and print its one-time passwords; nothing if there is a shop."""
    del options
    if not available():
        raise installation.CannotGoOn("this build has no demo shop")
    with installation.opened(make=True):
        from daoda.config import django_ready

        django_ready()
        from importlib import import_module

        from daoda.kit import clock

        import_module(MODULE).create(now=clock.now(), say=print)
    return 0
