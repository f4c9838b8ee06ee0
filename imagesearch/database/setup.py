"""Whether a database is ready for this version; a missing one is created."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from imagesearch.database import server
from imagesearch.database.errors import explain


def provide(alias: str) -> bool:
    """Create the database of this alias if its server has none; one that exists is not altered.

    Returns whether it was created. Raises CommandError with the SQL for an administrator if the account may
    not create it.
    """
    try:
        if not server.is_missing(alias):
            return False
        server.create(alias)
    except DatabaseError as error:
        raise CommandError(explain(error, alias) or str(error)) from error
    return True


def is_behind(alias: str) -> bool:
    """Whether there are migrations to apply."""
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
            f"A newer version of this program has changed the database (migration {newer[-1]}). Install that "
            "version again, or restore a backup that was made with this one."
        )
