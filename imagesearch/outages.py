"""Errors of database and disk that the program does not cause, and how a request is answered meanwhile."""

from __future__ import annotations

import errno
import sqlite3
from typing import NamedTuple

from django.http import UnreadablePostError
from django.utils.translation import gettext_noop

from imagesearch.database.transactions import is_away, is_busy, number, sqlite_code
from imagesearch.images.storage import FULL

SOON, LATER = 5, 60  # seconds after which a client may try again

FAILING_DISK = {
    errno.EACCES,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENODEV,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EPERM,
    errno.EROFS,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
"""A file system that is read-only, broken, gone or not ours to write, or no file handle left."""
FAILING_SQLITE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""SQLite's codes where its file cannot be opened, read or written, or is damaged."""
NO_TABLE = 1146  # TiDB's number


class Outage(NamedTuple):
    """How a request is answered meanwhile; `sentence` is not translated yet, `retry_after` is in seconds."""

    status: int
    code: str
    sentence: str
    retry_after: int


AWAY = Outage(
    503,
    "database_away",
    gettext_noop(
        "The gallery's database is temporarily unavailable. What you added before is stored. Try again in a "
        "moment."
    ),
    SOON,
)
BUSY = Outage(
    503,
    "database_busy",
    gettext_noop(
        "The gallery's database is busy with other changes, so nothing was changed. Try again in a moment."
    ),
    SOON,
)
UNUSABLE = Outage(
    503,
    "database_unusable",
    gettext_noop(
        "The gallery cannot read or write its database at the moment, so nothing was changed. Try again "
        "later, or tell the gallery's administrator."
    ),
    LATER,
)
DISK_FULL = Outage(
    507,
    "storage_full",
    gettext_noop(
        "The gallery's disk is full, so nothing was changed. Try again later, or tell its administrator."
    ),
    LATER,
)
DISK_FAILING = Outage(
    503,
    "storage_unavailable",
    gettext_noop(
        "The gallery cannot read or write its files at the moment, so nothing was changed. Try again later, "
        "or tell the gallery's administrator."
    ),
    LATER,
)


def outage(error: BaseException | None) -> Outage | None:
    """The outage that an unhandled error means; None where the program is at fault."""
    if error is None or isinstance(error, UnreadablePostError):  # the client went away
        return None
    if is_away(error):
        return AWAY
    if is_busy(error):
        return BUSY
    if isinstance(error, OSError):
        if error.errno in FULL:
            return DISK_FULL
        return DISK_FAILING if error.errno in FAILING_DISK else None
    code = sqlite_code(error)
    if code == sqlite3.SQLITE_FULL:
        return DISK_FULL
    return UNUSABLE if code in FAILING_SQLITE or _lacks_tables(error) else None


def _lacks_tables(error: BaseException) -> bool:
    """As where the disk is not mounted, and SQLite has made an empty database in the folder below."""
    if number(error) == NO_TABLE:
        return True
    # SQLite has no number for it. Its driver's messages can be read safely.
    return sqlite_code(error) == sqlite3.SQLITE_ERROR and str(error).startswith("no such table")
