"""``daoda migrate``: bring the database to the shape of this version, then set the rights."""

from __future__ import annotations

import argparse

from psycopg import conninfo

from daoda.config import installation


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say only what is wrong")


def run(options: argparse.Namespace) -> int:
    """Migrate as DATABASE_OWNER_URL, then grant the role of DATABASE_URL."""
    with installation.opened(make=True) as addresses:
        from daoda.config import django_ready, migration

        django_ready()
        app_role = conninfo.conninfo_to_dict(addresses.app).get("user")
        granted = migration.migrate(
            owner_url=addresses.owner,
            app_role=str(app_role or ""),
            verbosity=0 if options.quiet else 1,
        )
    if not options.quiet:
        print(
            f"{granted.tables} tables; the shop's role may add to {granted.history} of them "
            f"and never change what is there"
        )
    return 0
