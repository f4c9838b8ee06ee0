"""What tests of backups do again and again: back up, restore to another folder, compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import connection


@contextmanager
def elsewhere(settings: Any, folder: Path) -> Iterator[Path]:
    """Within, DATA_DIR is this folder, and the database is a file in it."""
    names = ("DATA_DIR", "MEDIA_ROOT", "QUERY_ROOT", "TMP_ROOT", "FILE_UPLOAD_TEMP_DIR", "STORAGES")
    before, database = {name: getattr(project, name) for name in names}, connection.settings_dict["NAME"]
    connection.close()
    folder.mkdir(exist_ok=True)
    connection.settings_dict["NAME"] = str(folder / "gallery.sqlite3")
    settings.DATA_DIR, settings.MEDIA_ROOT = folder, folder / "media"
    settings.QUERY_ROOT, settings.TMP_ROOT = folder / "queries", folder / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR = str(folder / "tmp")
    storage = {**project.STORAGES["default"], "OPTIONS": {"location": folder / "media"}}
    settings.STORAGES = {**project.STORAGES, "default": storage}
    try:
        yield folder
    finally:
        connection.close()
        connection.settings_dict["NAME"] = database
        for name, value in before.items():
            setattr(settings, name, value)


def run(command: str, *arguments: Any, **options: Any) -> str:
    """What it prints, its refusal included."""
    out = StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=out, **options)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


def hashes(folder: Path) -> dict[str, str]:
    """The files below a folder by their relative paths."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
