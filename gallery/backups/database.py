"""A copy of the gallery's SQLite database, taken in one step while others write, and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from gallery.backups.archive import BackupError
from gallery.models import QueryPicture
from imagesearch.database.urls import describe

COPY = "backup_copy"
"""The alias of the copy."""
PATIENCE = 60.0
"""Seconds to wait for a lock; in WAL mode, which the gallery uses, readers wait for nobody."""


@contextmanager
def snapshot(database: Path, copy: Path) -> Iterator[str]:
    """Within, the alias that is returned is a copy of the database as it is now; later `copy` is one file.

    What people have searched with, unless a saved search pins it, is left out: it expires by itself.
    """
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(database, timeout=PATIENCE)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)  # all pages in one step, so that no writer comes in between
    described = describe("sqlite:///copy") | {"NAME": str(copy)}  # a path may have signs that a URL may not
    settings = connections.configure_settings({"default": described})["default"]
    connections[COPY] = DatabaseWrapper(settings, COPY)
    try:
        QueryPicture._base_manager.using(COPY).filter(saved_searches=None).delete()
        yield COPY
    finally:
        connections[COPY].close()
        del connections[COPY]
    check(copy)


def check(database: Path) -> None:
    """Make it a single file, and have SQLite read all of it. Raises BackupError where it is damaged."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise BackupError(f"The database is damaged: {found}. Restore an earlier backup of it.")
