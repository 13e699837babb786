"""Bringing a database to the shape of this version: as the owner, then rights for the shop."""

from __future__ import annotations

from contextlib import closing

import psycopg
from django.core.management import call_command

from daoda.config import database, grants, numbering


def migrate(*, owner_url: str, app_role: str, verbosity: int = 1) -> grants.Granted:
    """Run the migrations as the owner and grant the application's role. Safe to repeat.

    After a restore into another cluster it lifts the numbers of transactions as well.
    """
    database.point_at(owner_url)
    call_command("migrate", interactive=False, verbosity=verbosity)
    with closing(psycopg.connect(owner_url, autocommit=True)) as connection:
        numbering.catch_up(connection)
        return grants.apply(connection, app_role)
