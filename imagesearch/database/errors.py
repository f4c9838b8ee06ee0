"""What a database's error means and what a person can do about it, in one sentence."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connections

from imagesearch.database.server import NO_DATABASE, create_statement, quoted, server
from imagesearch.database.transactions import is_away, number

SENTENCES = {
    1040: "{server} has no connection left. Try again, or raise its max_connections.",
    1044: "The user {user} may not use or create the database {name} at {server}. An administrator can run: "
    "{creation} {grant}",
    1045: "{server} refused the user {user}. Check name and password in DATABASE_URL; special "
    "characters must be percent-encoded (@ is %40).",
    NO_DATABASE: "There is no database {name} at {server}. `manage.py quickstart` creates it "
    "(or: {creation}).",
    1142: "The user {user} lacks a privilege on the database {name} at {server}. Grant it: {grant}",
    1146: "A table is missing in the database {name} at {server}. Run `manage.py migrate`.",
    1227: "The user {user} lacks a privilege at {server}. Ask an administrator to do this.",
    2005: "The host of {server} is unknown. Check DATABASE_URL, and that the name resolves here.",
    2026: "The TLS connection to {server} failed. Check ssl_mode and ssl_ca in DATABASE_URL, and that "
    "the server offers TLS.",
    3159: "{server} requires TLS. Add ?ssl_mode=VERIFY_IDENTITY to DATABASE_URL.",
}
AWAY = (
    "The database at {server} does not answer. Check that it runs, that host and port in DATABASE_URL are "
    "right, and that no firewall blocks it."
)
# SQLite has no error numbers for these; its messages begin so.
SQLITE_SENTENCES = {
    "unable to open database file": "SQLite cannot open {name}. Check that its folder is there and writable.",
    "attempt to write a readonly database": "This user may not write to {name}. Check its folder, too.",
    "database is locked": "Another process has locked {name} for too long. Try again when it has finished.",
    "no such table": "A table is missing in {name}. Run `manage.py migrate`.",
    "no such column": "{name} has the tables of an older version. Run `manage.py migrate`.",
    "file is not a database": "{name} is not a SQLite database. Check DATABASE_URL.",
    "database disk image is malformed": "{name} is damaged. Restore it from a backup.",
    "database or disk is full": "The disk of {name} is full.",
}


def explain(error: BaseException, alias: str = "default") -> str | None:
    """What is wrong with this database and what to do; None where the error is the program's fault."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    numbered = number(error)
    if numbered in SENTENCES:
        return SENTENCES[numbered].format(**_facts(alias))
    if is_away(error):
        return AWAY.format(**_facts(alias))
    message = str(error.args[0]) if error.args else ""
    found = (text for beginning, text in SQLITE_SENTENCES.items() if message.startswith(beginning))
    return next((text.format(**_facts(alias)) for text in found), None)


def _facts(alias: str) -> dict[str, str]:
    connection = connections[alias]
    settings = connection.settings_dict
    name, user = str(settings["NAME"]), settings["USER"] or "(none)"
    return {
        "server": server(settings),
        "name": name,
        "user": user,
        "creation": create_statement(alias),
        "grant": f"GRANT ALL ON {quoted(name)}.* TO '{user}';",
    }
