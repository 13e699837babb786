"""The roles: one owns the tables and migrates them, the other runs the shop and owns nothing."""

from __future__ import annotations

import psycopg
from psycopg import sql

OWNER_ROLE = "daoda_owner"
APP_ROLE = "daoda_app"


def ensure_roles(superuser_url: str, *, password: str | None = None) -> None:
    """Create both roles where they are missing. Neither is a superuser.

    Our own socket needs no password; a server reached otherwise does.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                continue
            connection.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}"
                ).format(sql.Identifier(role), sql.Literal(password))
            )


def ensure_database(superuser_url: str, name: str, *, template: str | None = None) -> bool:
    """Create the database ``name``, owned by the owner's role. True if it was made."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
            return False
        database, owner, app = (sql.Identifier(word) for word in (name, OWNER_ROLE, APP_ROLE))
        create = sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner)
        if template is not None:
            create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        connection.execute(create)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app)
        )
    return True


def drop_database(superuser_url: str, name: str) -> None:
    """Drop a database with whoever is still connected to it."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _exists(connection: psycopg.Connection, question: str, name: str) -> bool:
    return connection.execute(question.encode(), (name,)).fetchone() is not None
