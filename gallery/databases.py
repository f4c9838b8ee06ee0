"""Whether a database is ready for this version; a missing one is made where a person agrees."""

from __future__ import annotations

import sys

from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from imagesearch import servers


def provide(alias: str, *, sure: bool) -> None:
    """Make the database of this alias where its server has none; asks on a terminal. Raises CommandError."""
    try:
        if not servers.is_missing(alias):
            return
        sql = servers.creation(alias)
        if not sure and not _agreed(servers.address(alias)):
            raise CommandError(
                f"There is no database {servers.address(alias)}. Add --create-database to make it, or have "
                f"it made by: {sql}"
            )
        servers.create(alias)
    except DatabaseError as error:
        raise CommandError(servers.explain(error, alias) or str(error)) from error


def is_behind(alias: str) -> bool:
    """Whether migrations wait to be run."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _agreed(address: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"There is no database {address}. Make it? [Y/n] ").strip().lower() in {"", "y", "yes"}
