"""A database server: its address, whether it has the database, and the SQL that makes it."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connections

from imagesearch.database.transactions import number
from imagesearch.database.urls import COLLATION

NO_DATABASE = 1049
"""MySQL's and TiDB's error number where the server has no such database."""


def server(settings: dict[str, Any]) -> str:
    """host:port"""
    host = settings["HOST"] or "localhost"
    return f"{host}:{settings['PORT']}" if settings["PORT"] else str(host)


def address(alias: str) -> str:
    """The database as a DATABASE_URL without its password and options."""
    settings = connections[alias].settings_dict
    engine = settings["ENGINE"].rpartition(".")[2]
    if engine == "sqlite3":
        return f"sqlite:///{settings['NAME']}"
    user = f"{settings['USER']}@" if settings["USER"] else ""
    scheme = "tidb" if engine == "django_tidb" else engine
    return f"{scheme}://{user}{server(settings)}/{settings['NAME']}"


def is_missing(alias: str) -> bool:
    """Whether the server answers but has no such database. Raises OperationalError where it is away."""
    try:
        connections[alias].ensure_connection()
    except OperationalError as error:
        if number(error) == NO_DATABASE:
            return True
        raise
    return False


def create_statement(alias: str) -> str:
    """The SQL that makes the database, with a collation that search and tags can live with."""
    name = quoted(str(connections[alias].settings_dict["NAME"]))
    return (
        f"CREATE DATABASE IF NOT EXISTS {name}"
        f" CHARACTER SET {COLLATION['CHARSET']} COLLATE {COLLATION['COLLATION']};"
    )


def create(alias: str) -> None:
    """Make the database on its server."""
    with connections[alias]._nodb_cursor() as cursor:
        cursor.execute(create_statement(alias))


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
