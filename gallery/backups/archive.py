"""A backup as it is read: a folder or a tar file, whose every byte is held against its SHA-256.

It has `files/ab/<sha256>.<ending>` for each content, once, and `manifest.json`, which is written last. That
names the list of files (place, hash and size, one JSON object a line), which is a content like any other.
Nothing that a backup says of itself is trusted: neither names nor hashes nor sizes.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from imagesearch.errors import ImageSearchError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, SECRET_KEY = "gallery.sqlite3", "secret_key"
MEDIA, QUERIES = "media", "queries"
CHUNK = 1024 * 1024
MAX_MANIFEST_BYTES = 16 * CHUNK

SHA256 = re.compile(r"[0-9a-f]{64}")
ENDING = re.compile(r"\.[a-z0-9]{1,8}")
CONTENT = re.compile(rf"files/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})(?:{ENDING.pattern})?")
PLACE = re.compile(rf"{re.escape(DATABASE)}|{SECRET_KEY}|(?:{MEDIA}|{QUERIES})(?:/[\w-][\w.-]*)+", re.ASCII)


class BackupError(ImageSearchError):
    """A backup that cannot be made, or is not whole, or does not fit here."""

    code = "backup"


@dataclass(frozen=True)
class ArchiveEntry:
    """One file of the gallery: where it lies below DATA_DIR, and its content."""

    place: str
    sha256: str
    size: int

    @property
    def content(self) -> str:
        return content_name(self.sha256, self.place)


@dataclass(frozen=True)
class Manifest:
    """What a backup is of."""

    format: int
    created: str
    database: str
    """`sqlite`, or the address of a database that is not in the backup."""
    model: str
    migrations: list[list[str]]
    images: int
    files: int
    size: int
    """Bytes of all files, the database included."""
    missing: int
    """Originals that the gallery did not have."""
    list: ArchiveEntry

    def as_json(self) -> str:
        values = asdict(self)
        return json.dumps({**values, "sha256": _sum(values)}, indent=1)

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        """Raises BackupError."""
        try:
            values = json.loads(text)
            if values["format"] != FORMAT:
                raise BackupError(
                    f"This backup has format {values['format']}, and this version reads format {FORMAT}. "
                    "Restore it with the version that made it, or a newer one."
                )
            if values.pop("sha256") != _sum(values):
                raise ValueError("not what was written")
            manifest = cls(**{**values, "list": _entry(values["list"], re.compile("list.jsonl"))})
            [(str(app), str(name)) for app, name in manifest.migrations]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BackupError(f"{MANIFEST} of this backup cannot be read. It is damaged.") from error
        return manifest


def _sum(values: dict[str, Any]) -> str:
    """SHA-256 of a manifest's values: it finds a damaged one, whichever value is meant."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def content_name(sha256: str, place: str) -> str:
    """Where a backup keeps this content; the ending, of the place it is for, is for people."""
    ending = PurePosixPath(place).suffix
    return f"files/{sha256[:2]}/{sha256}{ending if ENDING.fullmatch(ending) else ''}"


def _entry(values: dict[str, object], places: re.Pattern[str] = PLACE) -> ArchiveEntry:
    """Raises ValueError, TypeError."""
    entry = ArchiveEntry(**values)  # type: ignore[arg-type]
    if not places.fullmatch(entry.place) or not SHA256.fullmatch(entry.sha256) or type(entry.size) is not int:
        raise ValueError("not an entry")
    return entry


class BackupSource(Protocol):
    """Where the parts of a backup are read from."""

    def open(self, name: str) -> BinaryIO:
        """Raises BackupError where there is no such part, OSError where it cannot be read."""


class FolderSource:
    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, name: str) -> BinaryIO:
        path = self.path / name
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise BackupError(f"{name} of this backup is not a file.")
            return path.open("rb")
        except FileNotFoundError as error:
            raise BackupError(f"{name} of this backup is missing.") from error


class TarSource:
    """Only read, member by member; nothing is ever extracted to a path that the file names."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.members: dict[str, tarfile.TarInfo] = {}
        for member in archive:
            known = member.name == MANIFEST or CONTENT.fullmatch(member.name)
            if not known or not member.isreg() or member.name in self.members:
                raise BackupError(f"This file is not a backup of a gallery: it has {member.name[:100]!r}.")
            self.members[member.name] = member

    def open(self, name: str) -> BinaryIO:
        file = self.archive.extractfile(self.members[name]) if name in self.members else None
        if file is None:
            raise BackupError(f"{name} of this backup is missing.")
        return file  # type: ignore[return-value]


class Backup:
    """A backup whose manifest could be read."""

    def __init__(self, source: BackupSource) -> None:
        self.source = source
        with source.open(MANIFEST) as file:
            self.manifest = Manifest.read(file.read(MAX_MANIFEST_BYTES))

    def entries(self) -> Iterator[ArchiveEntry]:
        """All files. Raises BackupError before the first one if the list is damaged."""
        listed = self.manifest.list
        for _ in self.read(listed):
            pass
        with self.source.open(listed.content) as lines:
            for line in lines:
                try:
                    yield _entry(json.loads(line))
                except (ValueError, TypeError) as error:
                    raise BackupError("The list of files of this backup cannot be read.") from error

    def read(self, entry: ArchiveEntry) -> Iterator[bytes]:
        """Its content in chunks. Raises BackupError, at the end at the latest, where that is damaged."""
        digest, size = hashlib.sha256(), 0
        with self.source.open(entry.content) as file:
            try:
                while size <= entry.size and (chunk := file.read(CHUNK)):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk
            except (EOFError, tarfile.TarError) as error:
                raise _damaged(entry) from error
        if (size, digest.hexdigest()) != (entry.size, entry.sha256):
            raise _damaged(entry)

    def original(self, sha256: str, name: str) -> bytes | None:
        """The bytes of an image's own file; None where this backup does not have them whole."""
        try:
            with self.source.open(content_name(sha256, name)) as file:
                content = file.read()
        except (BackupError, OSError, EOFError, tarfile.TarError):
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _damaged(entry: ArchiveEntry) -> BackupError:
    return BackupError(f"{entry.place} is damaged in this backup ({entry.content}).")


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Raises BackupError where there is no whole backup at this path."""
    try:
        if path.is_dir():
            yield Backup(FolderSource(path))
        elif path.is_file():
            with tarfile.open(path, "r:") as archive:
                yield Backup(TarSource(archive))
        else:
            raise BackupError(f"There is no backup at {path}.")
    except tarfile.TarError as error:
        raise BackupError(f"{path} is not a whole tar file: {error}.") from error
