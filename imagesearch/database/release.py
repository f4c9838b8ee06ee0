"""Which server is behind a connection, by what it says of itself: TiDB and its release, or another."""

from __future__ import annotations

import re

from django.db.backends.base.base import BaseDatabaseWrapper

MIN_RELEASE = (8, 4)
"""The first self-hosted release with vectors; TiDB Cloud serverless had them in earlier ones."""


def is_tidb(connection: BaseDatabaseWrapper) -> bool:
    """TiDB speaks MySQL's protocol and calls itself `8.0.11-TiDB-v8.5.x`. Asks the server once."""
    return connection.vendor == "mysql" and "TiDB" in connection.mysql_server_info  # type: ignore[attr-defined]


def release(connection: BaseDatabaseWrapper) -> tuple[int, ...] | None:
    """(8, 5, 4); None where the server is no TiDB or hides its number."""
    found = re.search(r"TiDB-v(\d+)\.(\d+)\.(\d+)", _banner(connection))
    return tuple(map(int, found.groups())) if found else None


def is_too_old(connection: BaseDatabaseWrapper) -> bool:
    """Whether this TiDB is older than vectors."""
    number = release(connection)
    return number is not None and number[:2] < MIN_RELEASE and "serverless" not in _banner(connection)


def title(connection: BaseDatabaseWrapper) -> str:
    """The server's name and release, such as “TiDB v8.5.4” or “SQLite 3.40.1”."""
    if connection.vendor == "mysql" and is_tidb(connection):
        return f"TiDB {_banner(connection).partition('TiDB-')[2]}"
    connection.ensure_connection()
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {version}"


def kind(connection: BaseDatabaseWrapper) -> str:
    """Its name alone."""
    return title(connection).partition(" ")[0]


def _banner(connection: BaseDatabaseWrapper) -> str:
    """`8.0.11-TiDB-v8.5.4`: the number that drivers for MySQL look at, then TiDB's own. Asked once."""
    return str(connection.mysql_server_info) if connection.vendor == "mysql" else ""  # type: ignore[attr-defined]
