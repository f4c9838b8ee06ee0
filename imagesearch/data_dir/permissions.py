"""Who may read the gallery's folder, its database and its key on a machine with several users."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections

from imagesearch.vectors.sqlite import database_file


def narrow() -> str:
    """Take from others what DATA_DIR_MODE does not give them. Returns a line that says so, or "".

    Only of the folder, the database and the key: who cannot enter the folder cannot read what is in it.
    """
    if os.name != "posix":
        return ""
    done = False
    for path, most in _private():
        try:
            mode = path.stat().st_mode & 0o777
            if mode & ~most:
                path.chmod(mode & most)
                done = True
                if path.stat().st_mode & 0o777 & ~most:  # as on CIFS, which ignores it
                    return f"{path} is open to others: its file system keeps no permissions."
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{path} is open to others, and its permissions cannot be changed: {error.strerror}."
    return f"{settings.DATA_DIR} was open to others; now {settings.DATA_DIR_MODE:04o} holds." if done else ""


def _private() -> Iterator[tuple[Path, int]]:
    """The paths, and the permissions that they have at most."""
    yield settings.DATA_DIR, settings.DATA_DIR_MODE
    yield settings.DATA_DIR / "secret_key", 0o600
    if database := database_file(connections["default"]):
        for suffix in ("", "-wal", "-shm"):
            yield database.with_name(database.name + suffix), settings.DATA_DIR_MODE & 0o666
