"""A backup as it is written: never half of one under its name, and each file is read back."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gallery.backups.archive import (
    MANIFEST,
    ArchiveEntry,
    BackupError,
    Manifest,
    content_name,
    open_backup,
)
from imagesearch.concurrency.file_locks import AVAILABLE, lock
from imagesearch.images.storage import sync_folder

UNFINISHED = ".unfinished"
LOCK = ".lock"
PASSED_OVER = {LOCK, UNFINISHED, "lost+found"}


class BackupTarget(ABC):
    """Takes contents, each once, then the manifest. `copied` and `kept` count those that are new or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copied = self.copied_bytes = self.kept = self.removed = 0
        self._known: set[str] = set()
        """The contents that were written or found whole in this run."""

    @property
    @abstractmethod
    def workspace(self) -> Path:
        """A folder on the disk of the backup, for what is not yet part of it."""

    def present(self) -> int:
        """The bytes of contents that an earlier backup has left here."""
        return 0

    def keep(self, place: str, sha256: str) -> ArchiveEntry | None:
        """The entry of a file whose content is here already; else None."""
        content = content_name(sha256, place)
        first = content not in self._known
        size = self.find(content, sha256)
        if size is None:
            return None
        self._known.add(content)
        self.kept += first
        return ArchiveEntry(place, sha256, size)

    @abstractmethod
    def find(self, content: str, sha256: str) -> int | None:
        """The size of a content that is here, whole; else None."""

    def add(self, place: str, chunks: Iterable[bytes]) -> ArchiveEntry:
        """Write a file, unless its content turns out to be here already. Raises BackupError, OSError."""
        part = self.workspace / "part"
        entry = ArchiveEntry(place, *_write(part, chunks))
        if kept := self.keep(place, entry.sha256):
            part.unlink()
            return kept
        self.put(part, entry)
        self._known.add(entry.content)
        self.copied += 1
        self.copied_bytes += entry.size
        return entry

    @abstractmethod
    def put(self, part: Path, entry: ArchiveEntry) -> None:
        """Move this file to the contents."""

    @abstractmethod
    def finish(self, manifest: Manifest) -> None:
        """Check what was written, and make it the backup in place of an earlier one."""


class FolderTarget(BackupTarget):
    """A folder that holds the newest backup; what an earlier one had already is not written again."""

    def __init__(self, path: Path, *, quick: bool) -> None:
        super().__init__(path)
        self.quick = quick

    @property
    def workspace(self) -> Path:
        return self.path / UNFINISHED

    def find(self, content: str, sha256: str) -> int | None:
        path = self.path / content
        try:
            if content not in self._known and not self.quick and _hash(path) != sha256:
                return None
            return path.stat().st_size
        except FileNotFoundError:
            return None

    def present(self) -> int:
        return sum(path.stat().st_size for path in (self.path / "files").glob("*/*"))

    def put(self, part: Path, entry: ArchiveEntry) -> None:
        path = self.path / entry.content
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, path)
        sync_folder(path.parent)
        if _hash(path) != entry.sha256:
            raise BackupError(f"{path} was written but reads back otherwise. Check the disk.")

    def finish(self, manifest: Manifest) -> None:
        part = self.workspace / MANIFEST
        _write(part, [manifest.as_json().encode()])
        os.replace(part, self.path / MANIFEST)
        sync_folder(self.path)
        self._known.add(manifest.list.content)
        for path in (self.path / "files").glob("*/*"):
            if f"files/{path.parent.name}/{path.name}" not in self._known:
                path.unlink()
                self.removed += 1


class TarTarget(BackupTarget):
    """A tar file, always whole; written beside the earlier one, which it then replaces."""

    def __init__(self, path: Path, workspace: Path) -> None:
        super().__init__(path)
        self._workspace = workspace
        self._part = workspace / "part.tar"
        self._sizes: dict[str, int] = {}
        self._archive = tarfile.open(self._part, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    @property
    def workspace(self) -> Path:
        return self._workspace

    def find(self, content: str, sha256: str) -> int | None:
        return self._sizes.get(content)

    def put(self, part: Path, entry: ArchiveEntry) -> None:
        self._append(part, entry.content)
        self._sizes[entry.content] = entry.size

    def _append(self, part: Path, name: str) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = part.stat().st_size, 0o600, int(part.stat().st_mtime)
        with part.open("rb") as file:
            self._archive.addfile(member, file)
        part.unlink()

    def finish(self, manifest: Manifest) -> None:
        part = self.workspace / MANIFEST
        _write(part, [manifest.as_json().encode()])
        self._append(part, MANIFEST)
        self._archive.close()
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        with open_backup(self._part) as backup:
            for entry in backup.entries():
                for _ in backup.read(entry):
                    pass
        os.replace(self._part, self.path)
        sync_folder(self.path.parent)


@contextmanager
def target_at(path: Path, *, quick: bool) -> Iterator[BackupTarget]:
    """Where a backup is written to: a tar file if its name ends so, else a folder.

    Raises BackupError where other things are there, or another backup is being written.
    """
    tar = path.suffix == ".tar"
    folder = path.parent if tar else path
    if not tar:
        _refuse_other_things(path)
        path.mkdir(parents=True, exist_ok=True)
    elif path.is_dir() or (path.exists() and not _is_backup(path)):
        raise BackupError(f"{path} is there, and is not a backup of a gallery. Name another file.")
    elif not folder.is_dir():
        raise BackupError(f"There is no folder {folder}.")
    prefix = f".{path.name}" if tar else ""
    workspace = folder / f"{prefix}{UNFINISHED}"
    with _locked(folder / f"{prefix}{LOCK}"):
        shutil.rmtree(workspace, ignore_errors=True)  # of a backup that was killed
        workspace.mkdir(mode=0o700)
        try:
            yield TarTarget(path, workspace) if tar else FolderTarget(path, quick=quick)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        if AVAILABLE and not (lock(file, wait=False) and _is_at(path, file)):
            raise BackupError(f"Another backup is being written to {path.parent}. Wait until it is done.")
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()


def _is_at(path: Path, file: IO[str]) -> bool:
    """Whether the file still has that name: who locked it before may have deleted it meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _refuse_other_things(path: Path) -> None:
    """A folder that is a backup, or was to become one, or is empty will do."""
    if not path.exists():
        return
    if not path.is_dir():
        raise BackupError(f"{path} is a file. Name a folder, or a file that ends in .tar.")
    others = {each.name for each in path.iterdir()} - PASSED_OVER - {MANIFEST, "files"}
    if others:
        raise BackupError(f"{path} holds other things, such as {min(others)}. Name an empty folder.")


def _is_backup(path: Path) -> bool:
    with suppress(BackupError), open_backup(path):
        return True
    return False


def _write(path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """SHA-256 and size of what was written, durably, for the owner alone."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
