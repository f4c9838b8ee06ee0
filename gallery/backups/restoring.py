"""A backup becomes the gallery of an empty DATA_DIR: whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage
from django.db import connections

from gallery.backups.archive import DATABASE, MEDIA, QUERIES, SECRET_KEY, ArchiveEntry, Backup, BackupError
from gallery.backups.database import check
from imagesearch.database.setup import unknown_migrations
from imagesearch.errors import StorageFull
from imagesearch.images.storage import ContentStorage, sync_folder
from imagesearch.jobs.graceful_stop import Stop, Stopped
from imagesearch.jobs.progress import weight
from imagesearch.vectors.sqlite import database_file

FOLDER = "restoring"
"""In DATA_DIR: what has been restored so far. Only a restore that did not end leaves it there."""


class Content(File):  # type: ignore[type-arg]
    """A file of a backup, which can be stored like an upload; its end is reached only if it is whole."""

    def __init__(self, backup: Backup, entry: ArchiveEntry) -> None:
        super().__init__(None)
        self.backup, self.entry = backup, entry

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self.backup.read(self.entry)


class RestoreRun:
    """`RestoreRun(backup, stop, advance).run()`; `advance` is called for each file read or written."""

    def __init__(self, backup: Backup, stop: Stop, advance: Callable[[], None]) -> None:
        self.backup, self.stop, self.advance = backup, stop, advance
        self.folder = settings.DATA_DIR / FOLDER
        self.marker = self.folder / "backup"
        self.media = self.storage()

    def storage(self) -> Storage:
        """Where pictures are restored to: a folder that becomes the gallery's, or its bucket."""
        if isinstance(default_storage, ContentStorage):
            return ContentStorage(location=self.folder / MEDIA)
        return default_storage

    def run(self) -> None:
        """Raises BackupError, StorageFull, StorageUnavailable, OSError, Stopped; nothing is then restored."""
        database = self.require_sqlite()
        self.refuse_newer()
        self.refuse_existing_gallery(database)
        self.require_room()
        for entry in self.entries():
            for _ in self.backup.read(entry):
                pass
        self.folder.mkdir(parents=True, exist_ok=True)
        self.marker.write_text(self.backup.manifest.list.sha256, encoding="ascii")
        for entry in self.entries():
            self.write(entry)
        if not (self.folder / DATABASE).exists():
            raise BackupError("There is no database in this backup.")
        check(self.folder / DATABASE)
        self.move_in(database)

    def entries(self) -> Iterator[ArchiveEntry]:
        for entry in self.backup.entries():
            yield entry
            self.advance()
            if self.stop.asked:
                raise Stopped

    # --- what is refused -----------------------------------------------------------------------

    def require_sqlite(self) -> Path:
        database = database_file(connections["default"])
        if self.backup.manifest.database != "sqlite":
            raise BackupError(
                f"This backup does not have its database, {self.backup.manifest.database}. Restore that with "
                "TiDB's own tools, let DATABASE_URL name it, and bring back the pictures with "
                "manage.py check_gallery --fix --from BACKUP."
            )
        if database is None:
            raise BackupError(
                "DATABASE_URL does not name an SQLite database. Leave it out, restore this backup, and carry "
                "the gallery over: manage.py move_gallery DATABASE_URL."
            )
        return database

    def refuse_newer(self) -> None:
        applied = [(str(app), str(name)) for app, name in self.backup.manifest.migrations]
        if newer := unknown_migrations(applied):
            raise BackupError(
                f"This backup is of a newer version of this program (it has {newer[-1]}). Install that "
                "version, or a later one, and restore it there."
            )

    def refuse_existing_gallery(self, database: Path) -> None:
        """Only an empty DATA_DIR will do, or one where a restore of this very backup did not end."""
        for path in (database, database.with_name(f"{database.name}-wal")):
            if path.exists() and path.stat().st_size:
                raise BackupError(f"There is a gallery here already: {path}. Restore to an empty DATA_DIR.")
        if self.marker.exists():
            if self.marker.read_text(encoding="ascii") == self.backup.manifest.list.sha256:
                return
            raise BackupError(
                f"A restore of another backup did not end here. Run that again, or delete {self.folder} and "
                "what it has moved in already."
            )
        folders = [settings.QUERY_ROOT]
        if self.media is default_storage:
            if any(default_storage.listdir(name) != ([], []) for name in ("originals", "derived")):
                raise BackupError("There are pictures in the bucket already. Name an empty one.")
        else:
            folders.append(settings.MEDIA_ROOT)
        for folder in folders:
            if (found := next((path for path in folder.rglob("*") if not path.is_dir()), None)) is not None:
                raise BackupError(f"There are files here already: {found}. Restore to an empty DATA_DIR.")

    def require_room(self) -> None:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        free, needed = shutil.disk_usage(settings.DATA_DIR).free, self.backup.manifest.size
        if self.media is not default_storage and needed > free:
            raise StorageFull(
                f"This backup takes {weight(needed)}, and the disk of {settings.DATA_DIR} has {weight(free)} "
                "free. Make room."
            )

    # --- what is written -----------------------------------------------------------------------

    def write(self, entry: ArchiveEntry) -> None:
        folder, _, name = entry.place.partition("/")
        content: File[Any]
        storage: Any = self.media if folder == MEDIA else ContentStorage(location=self.folder / QUERIES)
        if not name:  # the database or the key
            storage, name = ContentStorage(location=self.folder), entry.place
        content = Content(self.backup, entry)
        if not isinstance(storage, ContentStorage):  # a bucket wants to know the size first
            content = ContentFile(b"".join(content.chunks()))
        storage.save(name, content)

    def move_in(self, database: Path) -> None:
        """The database comes last: with it the gallery is there."""
        for name, root in ((QUERIES, settings.QUERY_ROOT), (MEDIA, settings.MEDIA_ROOT)):
            targets = {
                path: root / path.relative_to(self.folder / name)
                for path in (self.folder / name).rglob("*")
                if not path.is_dir()
            }
            for path, target in targets.items():
                move(path, target)
            for folder in {target.parent for target in targets.values()}:
                sync_folder(folder)
        if (key := self.folder / SECRET_KEY).exists():
            key.chmod(0o600)
            move(key, settings.DATA_DIR / SECRET_KEY)
        move(self.folder / DATABASE, database)
        sync_folder(database.parent)
        shutil.rmtree(self.folder, ignore_errors=True)


def move(path: Path, target: Path) -> None:
    """Rename the file, or copy it where the target is on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f"{target.name}.part")
        shutil.copy2(path, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
        path.unlink()
