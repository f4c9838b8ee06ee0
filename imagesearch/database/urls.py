"""A DATABASE_URL as Django's settings of a database: SQLite on this machine, or TiDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper

EXAMPLES = "sqlite:////data/gallery.sqlite3 or tidb://user:password@host:4000/gallery"
TIDB_PORT = 4000
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 60
"""Seconds to wait for a connection, and for the next bytes of an answer."""

COLLATION = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_0900_ai_ci"}
"""TiDB's default collation tells letters by case, and its general one makes all emoji equal."""

# The pragmas: WAL and IMMEDIATE let 200 writers queue instead of failing; a page of 16 KB holds a vector
# without waste, and must be set before the first table.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    " PRAGMA cache_size=-64000;",
}
# What a URL may say after its question mark, in either spelling, and what mysqlclient calls it.
TLS_OPTIONS = {
    "ssl_ca": "ca",
    "ssl_capath": "capath",
    "ssl_cert": "cert",
    "ssl_key": "key",
    "ssl_cipher": "cipher",
}
TLS_MODES = ("DISABLED", "VERIFY_CA", "VERIFY_IDENTITY")
"""PREFERRED and REQUIRED check no certificate. With MariaDB's library, which Debian's driver uses, they
fall back to plain text where the server has no TLS."""
TIMEOUTS = ("connect_timeout", "read_timeout", "write_timeout")

DRIVER_MISSING = (
    "TiDB needs mysqlclient, which cannot be loaded ({reason}). Install its headers ("
    "Debian: apt-get install default-libmysqlclient-dev gcc pkg-config; macOS: brew install "
    "mysql-client pkg-config), then: pip install -e '.[tidb]'"
)

dj_database_url.register("tidb", "django_tidb")


def describe(url: str) -> dict[str, Any]:
    """Django's settings of the database that `url` names. Opens nothing.

    `tidb://` takes django-tidb's engine, `mysql://` Django's own, both for a TiDB server. Raises
    ImproperlyConfigured for an invalid URL, or where the driver is missing.
    """
    scheme = urlsplit(url).scheme
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:  # its own errors are ValueErrors, too
        raise ImproperlyConfigured(f"DATABASE_URL is not valid. Examples: {EXAMPLES}.") from error
    if scheme == "sqlite":
        return database | {"OPTIONS": dict(SQLITE_OPTIONS)}
    if scheme not in ("tidb", "mysql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {scheme}://, which is not supported. Examples: {EXAMPLES}."
        )
    if not database["NAME"]:
        raise ImproperlyConfigured(f"DATABASE_URL names no database. Examples: {EXAMPLES}.")
    _require_driver(database["ENGINE"])
    if scheme == "tidb":
        database["PORT"] = database["PORT"] or TIDB_PORT
    if database["HOST"] in ("", "localhost"):  # which the driver takes for a socket file of MySQL's
        database["HOST"] = "127.0.0.1"
    return database | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _options(database.get("OPTIONS", {})),
        "TEST": dict(COLLATION),  # Django writes into it
    }


@contextmanager
def without_read_timeout(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, this connection waits for each answer as long as it takes."""
    options = connection.settings_dict["OPTIONS"]
    limits = {name: options.pop(name) for name in ("read_timeout", "write_timeout") if name in options}
    if limits:
        connection.close()  # what it was opened with stays with it
    try:
        yield
    finally:
        if limits:
            options |= limits
            connection.close()


def _require_driver(engine: str) -> None:
    try:
        import_module("MySQLdb")
        import_module(engine)
    except ImportError as error:
        raise ImproperlyConfigured(DRIVER_MISSING.format(reason=error)) from error


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """mysqlclient's own options. READ COMMITTED, since `get_or_create` fails in races under the default.

    An authority or a certificate implies that the server's certificate is checked.
    """
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        "write_timeout": READ_TIMEOUT,
    }
    tls: dict[str, str] = {}
    for name, value in given.items():
        name = name.replace("-", "_")
        if name == "ssl" and isinstance(value, dict):  # dj-database-url has read ssl-ca already
            tls |= value
        elif name in TLS_OPTIONS:
            tls[TLS_OPTIONS[name]] = str(value)
        elif name == "ssl_mode":
            options[name] = _tls_mode(str(value))
        elif name in TIMEOUTS and isinstance(value, int) and value > 0:
            options[name] = value
        else:
            known = ", ".join(("ssl_mode", *TLS_OPTIONS, *TIMEOUTS))
            raise ImproperlyConfigured(
                f"DATABASE_URL has {name}={value}; behind its question mark it takes {known} (whole seconds)."
            )
    if tls and options.setdefault("ssl_mode", "VERIFY_IDENTITY") == "DISABLED":
        raise ImproperlyConfigured(
            "DATABASE_URL has ssl_mode=DISABLED and options for TLS. Remove one of them."
        )
    return options | {"ssl": tls} if tls else options


def _tls_mode(value: str) -> str:
    if value.upper() not in TLS_MODES:
        raise ImproperlyConfigured(
            f"DATABASE_URL has ssl_mode={value}; it takes one of {', '.join(TLS_MODES)}. (PREFERRED and "
            "REQUIRED do not verify the server; for a self-signed certificate set ssl_ca.)"
        )
    return value.upper()
