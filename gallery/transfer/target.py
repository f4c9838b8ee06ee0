"""The database that a gallery moves to: a second one beside the configured, and whose gallery it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import load_backend

from gallery.models import ImageItem
from imagesearch.database.server import address
from imagesearch.database.setup import is_behind
from imagesearch.database.urls import describe
from imagesearch.jobs.batches import batched

KEYS = 500  # looked up at once
SOURCE, TARGET = "default", "moving_to"


@dataclass(frozen=True)
class MoveMarker:
    """That a move to this address has begun from here; what it had carried there when it was verified."""

    source: str
    target: str
    checksum: str = ""
    """Of the target when it was verified; "" since a later run has begun to bring it up to date."""
    verified_at: str = ""
    """When it was first verified: from then on the gallery may have been started there."""

    @classmethod
    def read(cls) -> MoveMarker | None:
        """The last one that was left."""
        try:
            return cls(**json.loads((settings.DATA_DIR / "moving.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def write(self) -> None:
        path = settings.DATA_DIR / "moving.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        unfinished.replace(path)

    def same_move(self, other: MoveMarker | None) -> bool:
        return other is not None and (self.source, self.target) == (other.source, other.target)


@contextmanager
def open_target(url: str) -> Iterator[None]:
    """Within, the alias TARGET is the database that `url` names. Raises ImproperlyConfigured."""
    described: dict[str, Any] = {"default": describe(url)}
    database = connections.configure_settings(described)["default"]
    connections[TARGET] = load_backend(database["ENGINE"]).DatabaseWrapper(database, TARGET)
    try:
        yield
    finally:
        connections[TARGET].close()
        del connections[TARGET]
        ContentType.objects.clear_cache()


@contextmanager
def without_constraints() -> Iterator[None]:
    """Within, TARGET lets a row be replaced that others point to; comparing all tables proves the keys.

    It also spares TiDB the lock on the parent row, and holds for a connection that must be reopened.
    """
    connection_created.connect(_disable_constraints)
    connections[TARGET].close()
    try:
        yield
    finally:
        connection_created.disconnect(_disable_constraints)
        connections[TARGET].close()


def _disable_constraints(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.alias == TARGET:
        connection.disable_constraint_checking()


def has_gallery() -> bool:
    """Whether TARGET holds somebody's pictures or people."""
    there = connections[TARGET].introspection.table_names()
    return any(
        model._meta.db_table in there and model._base_manager.using(TARGET).exists()
        for model in (ImageItem, get_user_model())
    )


def has_changed_since(since: str) -> bool:
    """Whether TARGET has images that came after this moment, and not from SOURCE: a gallery runs there."""
    there = ImageItem._base_manager.using(TARGET).filter(created_at__gt=datetime.fromisoformat(since))
    for some in batched(there.values_list("pk", "sha256"), KEYS):
        here = ImageItem._base_manager.using(SOURCE).filter(pk__in=[pk for pk, _ in some])
        if not set(some) <= set(here.values_list("pk", "sha256")):
            return True
    return False


def prepare() -> None:
    """Make the tables, where a move that was killed has not."""
    if is_behind(TARGET):
        call_command("migrate", database=TARGET, run_syncdb=True, interactive=False, verbosity=0)


def this_move() -> MoveMarker:
    return MoveMarker(address(SOURCE), address(TARGET))
