"""Whether a database is ready for this version; a missing one is made where a person agrees."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

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


def unknown_migrations(applied: Iterable[tuple[str, str]]) -> list[str]:
    """Those of a database's applied migrations, as (app, name), that this version does not have."""
    loader = MigrationLoader(None)
    ours = loader.disk_migrations
    known = {*ours, *(replaced for migration in ours.values() for replaced in migration.replaces)}
    unknown = {(app, name) for app, name in applied if app in loader.migrated_apps} - known
    return sorted(f"{app}.{name}" for app, name in unknown)


def refuse_newer(alias: str) -> None:
    """Raises CommandError where a newer version has changed this database: this one would damage it."""
    if newer := unknown_migrations(MigrationRecorder(connections[alias]).applied_migrations()):
        raise CommandError(
            f"The database is of a newer version of this program (it has {newer[-1]}). Install that version "
            "again, or restore a backup that was made with this one."
        )


def _agreed(address: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"There is no database {address}. Make it? [Y/n] ").strip().lower() in {"", "y", "yes"}
