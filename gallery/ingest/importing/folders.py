"""A folder as a source: the pictures below it, and each file that is passed over with the reason."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gallery.ingest.importing import reading
from gallery.ingest.importing.entry import ImportEntry, Skipped, printable
from gallery.ingest.importing.system_folders import (
    VIDEO_THUMBNAILS,
    is_library,
    outside_originals,
    system_folder,
)
from gallery.text.descriptions import tag_of_name
from imagesearch.formats.file_types import EXTENSIONS, RAW_ENDINGS, advice, picture_format

# A file with such an ending is meant to be a picture: where it cannot be taken, that is said.
PICTURE_ENDINGS = {
    *EXTENSIONS.values(),
    *RAW_ENDINGS,
    *(".jpeg", ".jpe", ".jfif", ".heif", ".hif", ".bmp", ".tif", ".tiff", ".jxl", ".jp2"),
}
MAX_FOLDER_TAGS = 20  # the nearest; an image takes no more than MAX_TAGS in all
BEGINNING = 2048  # bytes of any other file that are looked at

HIDDEN = Skipped("hidden (the name begins with a dot)")
LINK_OUT = Skipped("links that lead out of the folder (--follow-links follows them)")
LINK_NOWHERE = Skipped("links that lead nowhere")
SPECIAL = Skipped("named pipes, sockets and devices")
VIDEO_THUMBNAIL = Skipped("thumbnails of videos")
NOT_A_PICTURE = "not pictures"

# DCIM and, in it, 100CANON or 202407__: names that cameras give (JEITA CP-3461, DCF), and days and months.
NO_TAG = re.compile(r"DCIM|\d{3}(?=.*[A-Z_])[A-Z0-9_]{5}|\d{1,2}")


class FoundFile(NamedTuple):
    """Something in a folder, by its path; of a folder, tags and `skipped` hold for everything below."""

    path: Path
    tags: tuple[str, ...] = ()
    skipped: Skipped | None = None
    library: bool = False
    """Whether it is in a library of Apple's programs, whose folders have no names worth a tag."""


class Walk:
    """All files below a folder, in an order that is always the same.

    Links that lead out of it are passed over unless `follow_links`; one to a folder within adds nothing,
    since that folder is met anyway, unless it is hidden. With `folder_tags` each picture is tagged with the
    folders between the source and itself.
    """

    def __init__(self, source: Path, *, follow_links: bool = False, folder_tags: bool = False) -> None:
        self.source, self.follow_links, self.folder_tags = source, follow_links, folder_tags
        self.root = Path(os.path.realpath(source))
        self.seen: set[tuple[int, int]] = set()  # folders, so that a loop of links ends

    def __iter__(self) -> Iterator[ImportEntry]:
        levels = [self.children(FoundFile(self.source))]  # folders may be nested deeper than calls
        while levels:
            child = next(levels[-1], None)
            if child is None:
                levels.pop()
            elif isinstance(child, FoundFile):
                levels.append(self.children(child))
            else:
                yield child

    def children(self, folder: FoundFile) -> Iterator[ImportEntry | FoundFile]:
        try:
            status = folder.path.stat()
            names = sorted(os.listdir(folder.path))
        except OSError as error:
            yield unreadable(folder, "folder", error)
            return
        key = (status.st_dev, status.st_ino)
        if not folder.skipped:
            if key in self.seen:
                return
            self.seen.add(key)
        own_name = self.root.name if folder.path == self.source else folder.path.name
        library = is_library(own_name)
        for name in names:
            skipped = folder.skipped or (HIDDEN if name.startswith(".") else None)
            if library and not skipped:
                skipped = outside_originals(own_name, name)
            found = FoundFile(folder.path / name, folder.tags, skipped, library or folder.library)
            if child := self.child(found):
                yield child

    def child(self, found: FoundFile) -> ImportEntry | FoundFile | None:
        """What is to be done with a name in a folder: look into it, or an entry, or nothing."""
        if is_link(found.path):
            return self.link(found)
        try:
            mode = found.path.stat().st_mode
        except OSError as error:
            return unreadable(found, "file", error)
        return self.folder(found) if stat.S_ISDIR(mode) else self.file(found, mode)

    def link(self, found: FoundFile) -> ImportEntry | FoundFile | None:
        if found.skipped:
            return skip_system_folder(found)
        try:
            mode = found.path.stat().st_mode
        except OSError:  # among them: a link to itself
            if has_picture_ending(found.path):
                return ImportEntry(printable(found.path), problem="This link leads nowhere.")
            return skip_system_folder(found._replace(skipped=LINK_NOWHERE))
        target = Path(os.path.realpath(found.path))
        inside = target.is_relative_to(self.root)
        if not inside and not self.follow_links:
            return skip_system_folder(found._replace(skipped=LINK_OUT))
        if not stat.S_ISDIR(mode):
            return self.file(found, mode)
        if inside and not any(name.startswith(".") for name in target.relative_to(self.root).parts):
            return None  # it is met by its own path
        return self.folder(found)

    def folder(self, found: FoundFile) -> FoundFile:
        name = found.path.name
        if found.skipped or (skipped := system_folder(name)):
            return found._replace(skipped=found.skipped or skipped)
        if not self.folder_tags or found.library or is_library(name) or NO_TAG.fullmatch(name):
            return found
        tags = (*found.tags, *tag_of_name(printable(name)))
        return found._replace(tags=tags[-MAX_FOLDER_TAGS:])

    def file(self, found: FoundFile, mode: int) -> ImportEntry:
        if found.skipped:
            return skip_system_folder(found)
        if not stat.S_ISREG(mode):
            return skip_system_folder(found._replace(skipped=SPECIAL))
        if found.path.suffix.lower() in VIDEO_THUMBNAILS:
            return skip_system_folder(found._replace(skipped=VIDEO_THUMBNAIL))
        return by_content(found)


def by_content(found: FoundFile) -> ImportEntry:
    """A picture, whatever its ending says; or what it is instead."""
    entry = ImportEntry(printable(found.path), path=found.path, tags=found.tags)
    if has_picture_ending(found.path):
        return entry
    try:
        begins = reading.beginning(found.path, BEGINNING)
    except (OSError, ValueError) as error:
        return unreadable(found, "file", error)
    if picture_format(begins):
        return entry
    return skip_system_folder(found._replace(skipped=Skipped(NOT_A_PICTURE, advice(begins, found.path.name))))


def has_picture_ending(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS


def is_link(path: Path) -> bool:
    """Also a junction of Windows, which Python calls so from 3.12."""
    return os.path.islink(path) or getattr(os.path, "isjunction", lambda _: False)(path)


def skip_system_folder(found: FoundFile) -> ImportEntry:
    return ImportEntry(printable(found.path), skipped=found.skipped)


def unreadable(found: FoundFile, kind: str, error: Exception) -> ImportEntry:
    if found.skipped:
        return skip_system_folder(found)
    return ImportEntry(printable(found.path), problem=f"This {kind} cannot be read: {reading.reason(error)}.")
