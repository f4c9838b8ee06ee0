"""Where files are kept: named by their content, written whole or not at all (in a bucket: see s3).

A name says everything about its file. So saving under an existing name is done without writing, and two
processes that save the same picture cannot disturb each other. Nothing here is public: the application serves
the files.
"""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext as _

from imagesearch.concurrency.file_locks import AVAILABLE, lock
from imagesearch.configuration.conf import setting
from imagesearch.errors import StorageFull, StorageUnavailable
from imagesearch.images.decode import DERIVED_BY

PART = ".part"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def original_name(sha256: str, extension: str) -> str:
    """Of the picture as it came; the extension is ours, with its dot."""
    return f"originals/{sha256[:2]}/{sha256}{extension}"


def derived_name(sha256: str, size: str, version: int = DERIVED_BY) -> str:
    """Of the tile ("t") or the view ("v") that this version of our decoding made of a picture."""
    return f"derived/{sha256[:2]}/{sha256}.{size}{version or ''}.webp"


def tmp_folder() -> Path:
    """For files that are being written."""
    return Path(setting("DATA_DIR")) / "tmp"


def leftovers(older_than: timedelta) -> Iterator[Path]:
    """What crashed processes left behind: parts that nobody is writing any more, and all that is so old."""
    for path in tmp_folder().glob("*"):
        with suppress(FileNotFoundError):  # its owner, or a sweep, was faster
            if path.is_file() and (_age(path) > older_than.total_seconds() or _is_abandoned(path)):
                yield path


def sweep_tmp(older_than: timedelta) -> int:
    """Removes the leftovers, and says how many files it was."""
    swept = 0
    for path in leftovers(older_than):
        path.unlink(missing_ok=True)
        swept += 1
    return swept


def _age(path: Path) -> float:
    """Seconds since the last write."""
    return time.time() - path.stat().st_mtime


def _is_abandoned(path: Path) -> bool:
    """Whether it is a part whose writer has ended: the system then lets go of the lock."""
    if not AVAILABLE or path.suffix != PART or _age(path) < 1:  # a younger one may be about to be locked
        return False
    with path.open("rb") as file:
        return lock(file, wait=False)


@contextmanager
def _held(part: Path) -> Iterator[None]:
    """Makes the part, and keeps sweeps in other processes from it until it has its name."""
    if not AVAILABLE:  # there a part left behind goes by its age
        yield
        return
    with part.open("xb") as file:
        lock(file, wait=False)
        yield


class ContentStorage(FileSystemStorage):
    """On a local disk. Raises StorageFull or StorageUnavailable, and then nothing was kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._root_made = os.path.isdir(self.location)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        with _explained():
            self._require_root()
            present = Path(self.path(name)).exists()
        if not present:
            self.replace(name, content)
        return name

    def replace(self, name: str, content: File[Any]) -> None:
        """Write a file, also in place of a damaged one of this name. Raises as `save`."""
        target = Path(self.path(name))
        with _explained():
            self._require_root()
            _make_folder(tmp_folder())
            _make_folder(target.parent)
            self._write(target, content)

    def sizes(self, folder: str) -> dict[str, int]:
        """The files in a folder, by name, with their sizes in bytes; none where there is no such folder."""
        try:
            with os.scandir(self.path(folder)) as entries:
                return {f"{folder}/{each.name}": each.stat().st_size for each in entries if each.is_file()}
        except FileNotFoundError:
            self._refuse_missing_root()
            return {}

    def exists(self, name: str) -> bool:
        if super().exists(name):
            return True
        self._refuse_missing_root()
        return False

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """Raises FileNotFoundError where only this file is missing."""
        try:
            return File(Path(self.path(name)).open(mode))
        except FileNotFoundError:
            self._refuse_missing_root()
            raise

    def _refuse_missing_root(self) -> None:
        """A file is not missing because the disk of all of them is not mounted."""
        if self._root_made and not os.path.isdir(self.location):
            raise unavailable("its folder is missing")

    def _require_root(self) -> None:
        """Make the storage's folder once: where it is gone later, its disk is not mounted."""
        self._refuse_missing_root()
        _make_folder(Path(self.location))
        self._root_made = True

    def _write(self, target: Path, content: File[Any]) -> None:
        """By way of a temporary file: beside the target where the storage is mounted from elsewhere."""
        for folder in (tmp_folder(), target.parent):
            part = folder / f"{uuid.uuid4().hex}{PART}"
            try:
                with _held(part):
                    self._write_part(part, content)
                    os.replace(part, target)
                break
            except OSError as error:
                if error.errno != errno.EXDEV or folder == target.parent:
                    raise
            finally:
                part.unlink(missing_ok=True)
        sync_folder(target.parent)

    def _write_part(self, part: Path, content: File[Any]) -> None:
        with part.open("wb") as file:
            for chunk in content.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if self.file_permissions_mode is not None:
            part.chmod(self.file_permissions_mode)


@contextmanager
def _explained() -> Iterator[None]:
    """Turns what the disk says into our errors."""
    try:
        yield
    except OSError as error:
        raise full() if error.errno in FULL else unavailable(error.strerror or str(error)) from error


def full() -> StorageFull:
    return StorageFull(
        _(
            "The storage is full, so this file was not stored. Free some space, or tell the administrator, "
            "and try again."
        )
    )


def unavailable(reason: str) -> StorageUnavailable:
    return StorageUnavailable(
        _("The storage is temporarily unavailable (%(reason)s), so nothing was changed. Try again later.")
        % {"reason": reason}
    )


def _make_folder(folder: Path) -> None:
    """With its parents, each made to last: a file is safe only when the folders that lead to it are."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open folders, and does not need it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
