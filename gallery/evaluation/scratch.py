"""A gallery for the moment: an empty database and a folder of its own, both gone afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

from imagesearch.database.urls import SQLITE_OPTIONS


@contextmanager
def scratch_gallery(alias: str | None = None) -> Iterator[None]:
    """Within, database and files are scratch ones; the database a SQLite file, or on the server of `alias`.

    For a process of its own: other threads would meet the scratch gallery, too.
    """
    with TemporaryDirectory(prefix="scratch-gallery-") as name:
        folder = Path(name)
        media = {
            "BACKEND": "imagesearch.images.storage.ContentStorage",
            "OPTIONS": {"location": folder / "media"},
        }
        with (
            override_settings(DATA_DIR=folder, STORAGES={**settings.STORAGES, "default": media}),
            scratch_database(alias, folder),
        ):
            yield


@contextmanager
def scratch_database(alias: str | None, folder: Path) -> Iterator[None]:
    """Django's test database of that server in the place of the default one, migrated and empty."""
    kept, kept_settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = described(alias, folder)
    connections["default"] = connection = connections.create_connection("default")
    name = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    finally:
        connection.close()
        connections["default"], connections.settings["default"] = kept, kept_settings


def described(alias: str | None, folder: Path) -> dict[str, Any]:
    """The settings of the scratch database."""
    path = folder / "scratch.sqlite3"
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": SQLITE_OPTIONS,
    }
    if alias is not None:
        database = deepcopy(connections.settings[alias])
    is_file = Path(str(database["NAME"])).is_absolute()
    scratch = str(path) if is_file else f"evaluate_{secrets.token_hex(4)}"
    database["TEST"] = {**database.get("TEST", {}), "NAME": scratch}
    described: dict[str, Any] = connections.configure_settings({"default": database})["default"]
    return described
