"""Django's migrate, waiting for TiDB as long as it takes: to index a large table takes hours."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from imagesearch.data_dir.folders import prepare
from imagesearch.database.urls import without_read_timeout


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> Any:
        """The checks before `handle` open the database, which lies in a folder."""
        prepare()
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        with without_read_timeout(connections[options["database"]]):
            super().handle(*args, **options)
