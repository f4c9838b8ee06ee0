"""What a database is asked beyond rows: is it there, which texts are equal to it, what ails it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.databases import COLLATION
from imagesearch.transactions import is_away, number
from imagesearch.vectors.tidb import is_tidb

NO_DATABASE = 1049
ASKED_AT_ONCE = 500  # texts; TiDB answers at most 4,096 columns

SENTENCES = {
    1040: "{server} has no connection left. Try again, or raise its max_connections.",
    1044: "The user {user} may not use or create the database {name} at {server}. An administrator can run: "
    "{creation} {grant}",
    1045: "{server} refused the user {user}. Check name and password in DATABASE_URL, where special signs "
    "are percent-encoded (@ is %40).",
    NO_DATABASE: "There is no database {name} at {server}. `manage.py quickstart` creates it "
    "(or: {creation}).",
    1142: "The user {user} may not do this in the database {name} at {server}. Grant it: {grant}",
    1146: "The database {name} at {server} lacks a table. Run `manage.py migrate`.",
    1227: "The user {user} may not do this at {server}; an administrator must.",
    2005: "The host of {server} is unknown. Check DATABASE_URL, and that the name resolves here.",
    2026: "No secure connection to {server} came about. Check ssl_mode and ssl_ca in DATABASE_URL, and that "
    "the server offers TLS.",
    3159: "{server} takes secure connections alone. Add ?ssl_mode=VERIFY_IDENTITY to DATABASE_URL.",
}
AWAY = (
    "The database at {server} does not answer. Check that it runs, that host and port in DATABASE_URL are "
    "right, and that no firewall is between."
)
# SQLite numbers nothing; these are the beginnings of what it says.
SQLITE_SENTENCES = {
    "unable to open database file": "SQLite cannot open {name}. Check that its folder is there and writable.",
    "attempt to write a readonly database": "{name} may not be written by this user. Check its folder, too.",
    "database is locked": "Another process has kept {name} busy for too long. Try again once it is done.",
    "no such table": "{name} lacks a table. Run `manage.py migrate`.",
    "no such column": "{name} has the tables of an older version. Run `manage.py migrate`.",
    "file is not a database": "{name} is no SQLite database. Check DATABASE_URL.",
    "database disk image is malformed": "{name} is damaged. Bring it back from a copy.",
    "database or disk is full": "The disk of {name} is full.",
}


def explain(error: BaseException, alias: str = "default") -> str | None:
    """What a person can do about an error of this database; None where it is the program's fault."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    numbered = number(error)
    if numbered in SENTENCES:
        return SENTENCES[numbered].format(**_facts(alias))
    if is_away(error):
        return AWAY.format(**_facts(alias))
    said = str(error.args[0]) if error.args else ""
    found = (text for beginning, text in SQLITE_SENTENCES.items() if said.startswith(beginning))
    return next((text.format(**_facts(alias)) for text in found), None)


def _facts(alias: str) -> dict[str, str]:
    connection = connections[alias]
    settings = connection.settings_dict
    name, user = str(settings["NAME"]), settings["USER"] or "(none)"
    return {
        "server": server(settings),
        "name": name,
        "user": user,
        "creation": creation(alias),
        "grant": f"GRANT ALL ON {_quoted(name)}.* TO '{user}';",
    }


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


def creation(alias: str) -> str:
    """The SQL that makes the database, with a collation that search and tags can live with."""
    name = _quoted(str(connections[alias].settings_dict["NAME"]))
    return (
        f"CREATE DATABASE IF NOT EXISTS {name}"
        f" CHARACTER SET {COLLATION['CHARSET']} COLLATE {COLLATION['COLLATION']};"
    )


def create(alias: str) -> None:
    """Make the database on its server."""
    with connections[alias]._nodb_cursor() as cursor:
        cursor.execute(creation(alias))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def tells_all_texts_apart(connection: BaseDatabaseWrapper) -> bool:
    """Whether a unique column holds both `Anna` and `anna`, and texts longer than it says: as in SQLite."""
    return not is_tidb(connection)


def text_keys(connection: BaseDatabaseWrapper, texts: Sequence[str]) -> list[str]:
    """What TiDB compares these texts by in a new column: those of equal keys are equal to it."""
    keys: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        collation = _quoted(cursor.fetchone()[0])
        key = f"HEX(WEIGHT_STRING(CONVERT(%s USING utf8mb4) COLLATE {collation}))"
        for start in range(0, len(texts), ASKED_AT_ONCE):
            some = texts[start : start + ASKED_AT_ONCE]
            cursor.execute(f"SELECT {', '.join([key] * len(some))}", list(some))
            keys += cursor.fetchone()
    return keys
