"""What a database's error means and what a person can do about it, in one sentence."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connections

from imagesearch.database.server import NO_DATABASE, creation, quoted, server
from imagesearch.database.transactions import is_away, number

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
        "grant": f"GRANT ALL ON {quoted(name)}.* TO '{user}';",
    }
