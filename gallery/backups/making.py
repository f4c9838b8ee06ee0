"""A backup is made while the gallery goes on: the database in one step, then the files that its rows name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Sum
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils import timezone

from gallery.backups.archive import (
    CHUNK,
    DATABASE,
    FORMAT,
    MEDIA,
    QUERIES,
    SECRET_KEY,
    ArchiveEntry,
    Manifest,
)
from gallery.backups.database import snapshot
from gallery.backups.writing import BackupTarget
from gallery.models import ImageItem, QueryPicture, VectorSpace
from gallery.models.images import LOOKS_FIELDS
from imagesearch.database.server import address
from imagesearch.errors import StorageFull
from imagesearch.jobs.graceful_stop import Stop, Stopped
from imagesearch.jobs.progress import weight
from imagesearch.vectors.sqlite import database_file

LIVE = "default"
BATCH = 500
SMALLER_PICTURES = 100_000
"""Bytes that are estimated for tile and view of an image."""


@dataclass
class BackupReport:
    """What was found while a backup was made: images, as they are called."""

    missing: list[str] = field(default_factory=list)
    """Their own file is gone."""
    damaged: list[str] = field(default_factory=list)
    """Their own file is not what was added. It is in the backup as it is."""
    incomplete: list[str] = field(default_factory=list)
    """They have no tile or no view."""


class BackupRun:
    """`BackupRun(target, stop, advance).run()`; `advance` is told how many more images are done."""

    def __init__(self, target: BackupTarget, stop: Stop, advance: Callable[[int], None]) -> None:
        self.target, self.stop, self.advance = target, stop, advance
        self.report = BackupReport()
        self.files = self.size = 0
        self.list = target.workspace / "list.jsonl"

    def run(self) -> Manifest:
        """Raises BackupError, StorageFull, StorageUnavailable, OSError, Stopped."""
        database = database_file(connections[LIVE])
        self.require_room(database)
        if database is None:
            self.copy_files(LIVE)
            return self.finish(self.describe(LIVE, address(LIVE)))
        copy = self.target.workspace / DATABASE
        with snapshot(database, copy) as alias:
            self.copy_files(alias)
            described = self.describe(alias, "sqlite")
        self.note(self.target.add(DATABASE, read_path(copy)))
        return self.finish(described)

    def require_room(self, database: Path | None) -> None:
        """Raises StorageFull."""
        size = ImageItem.objects.aggregate(all=Sum("size"))["all"] or 0
        needed = size + ImageItem.objects.count() * SMALLER_PICTURES - self.target.present()
        needed = max(needed, 0) + (database.stat().st_size if database else 0)
        free = shutil.disk_usage(self.target.workspace).free
        if needed > free:
            raise StorageFull(
                f"This backup needs some {weight(needed)}, and the disk of {self.target.path} has "
                f"{weight(free)} free. Make room, or name another place."
            )

    # --- files ---------------------------------------------------------------------------------

    def copy_files(self, alias: str) -> None:
        """All files of this database's rows. From a copy, images that were deleted since are dropped."""
        self.list.write_text("", encoding="utf-8")
        for item in images(alias):
            self.copy_image(item, alias)
            self.advance(1)
            if self.stop.asked:
                raise Stopped
        pinned = QueryPicture._base_manager.using(alias).filter(saved_searches__isnull=False).distinct()
        for picture in pinned:
            if entry := self.copy(picture.file.storage, QUERIES, picture.file.name):
                self.note(entry)
        if (key := settings.DATA_DIR / SECRET_KEY).is_file():
            self.note(self.target.add(SECRET_KEY, read_path(key)))

    def copy_image(self, item: ImageItem, alias: str) -> None:
        name, *smaller = item.files()
        original = self.copy_original(name, item)
        others = [self.copy(default_storage, MEDIA, each) for each in smaller]
        if not original or not all(others):
            live = ImageItem._base_manager.using(LIVE).filter(pk=item.pk, sha256=item.sha256).first()
            if live is None:
                drop(item, alias)
                return
            if live.derived_by != item.derived_by:  # tile and view were made again, under other names
                looks = {name: getattr(live, name) for name in LOOKS_FIELDS}
                ImageItem._base_manager.using(alias).filter(pk=item.pk).update(**looks)
                self.copy_image(live, alias)
                return
            (self.report.incomplete if original else self.report.missing).append(named(item))
        elif original.sha256 != item.sha256:
            self.report.damaged.append(named(item))
        for entry in filter(None, (original, *others)):
            self.note(entry)

    def copy_original(self, name: str, item: ImageItem) -> ArchiveEntry | None:
        """None where it is missing. One that the backup has is not read: its name says what is in it."""
        kept = self.target.keep(f"{MEDIA}/{name}", item.sha256 or "")
        return kept or self.copy(default_storage, MEDIA, name)

    def copy(self, storage: Storage, folder: str, name: str) -> ArchiveEntry | None:
        """None where the file is missing."""
        try:
            file = storage.open(name)
        except FileNotFoundError:
            return None
        with file:
            return self.target.add(f"{folder}/{name}", file.chunks(CHUNK))

    def note(self, entry: ArchiveEntry) -> None:
        self.files += 1
        self.size += entry.size
        with self.list.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(entry)) + "\n")

    # --- what it is ----------------------------------------------------------------------------

    def describe(self, alias: str, database: str) -> dict[str, Any]:
        """What the manifest says of this database."""
        space = VectorSpace.objects.using(alias).filter(active=True).first()
        return {
            "database": database,
            "model": space.model if space else "",
            "migrations": sorted(map(list, MigrationRecorder(connections[alias]).applied_migrations())),
            "images": ImageItem._base_manager.using(alias).count(),
        }

    def finish(self, described: dict[str, Any]) -> Manifest:
        manifest = Manifest(
            format=FORMAT,
            created=timezone.now().isoformat(timespec="seconds"),
            files=self.files,
            size=self.size,
            missing=len(self.report.missing),
            list=self.target.add("list.jsonl", read_path(self.list)),
            **described,
        )
        self.target.finish(manifest)
        return manifest


def images(alias: str) -> Iterator[ImageItem]:
    """All that have a picture, in batches, since not every database's cursor hands out rows one by one."""
    rows = ImageItem._base_manager.using(alias).exclude(sha256=None).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def drop(item: ImageItem, alias: str) -> None:
    """Delete a row of the copy, and what points to it, without the signals that delete an image's files."""
    if alias == LIVE:
        return
    for relation in ImageItem._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many:
            model: Any = relation.related_model
            rows = model._base_manager.using(alias)
            rows.filter(**{relation.field.name: item.pk})._raw_delete(alias)
    ImageItem._base_manager.using(alias).filter(pk=item.pk)._raw_delete(alias)


def read_path(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def named(item: ImageItem) -> str:
    return f"#{item.pk} {item}"
