"""``daoda demo``: fill an empty house with a shop to look around in."""

from __future__ import annotations

import argparse

from daoda.config import installation


def run(options: argparse.Namespace) -> int:
    """Create the demo shop and print its one-time passwords; nothing if there is a shop."""
    del options
    with installation.opened(make=True):
        from daoda.config import django_ready

        django_ready()
        from daoda.config import demo
        from daoda.kit import clock

        demo.create(now=clock.now(), say=_say)
    return 0


def _say(words: str) -> None:
    print(words, flush=True)
