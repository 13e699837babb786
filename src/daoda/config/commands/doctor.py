"""``daoda doctor``: examine keys, database, rights, time, disk and settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from daoda.config import environment, installation


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--deploy", action="store_true", help="and all that a shop with real money needs"
    )


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when something is bad."""
    settings = environment.read()
    bad = 0
    with installation.opened() as addresses:
        from daoda.config import django_ready, health

        django_ready()

        def findings() -> Iterator[health.Finding]:
            yield from health.python()
            yield from health.keys()
            yield from health.disk(settings.data)
            yield from health.database(
                addresses, excess=health.BAD if options.deploy else health.LOOK
            )
            yield from health.migrations()
            yield from health.numbers(addresses)
            if options.deploy:
                yield from health.keys_backup()
                yield from health.deployment(settings)

        for finding in findings():
            bad += finding.verdict == health.BAD
            print(f"{finding.verdict:5}{finding.words}")
    print("everything is as it should be" if not bad else f"{bad} to be mended")
    return 1 if bad else 0
