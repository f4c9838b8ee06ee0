"""What is wrong with the files of images, and what fixes it.

Nothing is held in memory but one shard of the names (a 256th) and one file at a time. Files are seen through
the storage's own interface, so that a bucket is checked as a folder is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from gallery.backups.archive import Backup
from gallery.ingest import indexing
from gallery.models import Embedding, ImageItem
from gallery.models.images import LOOKS_FIELDS
from gallery.models.vectors import forget_vectors
from imagesearch import embedding_signals
from imagesearch.database.transactions import atomically
from imagesearch.images.decode import Photo, decode

SETTLED = timedelta(hours=1)
"""A younger file without a row may be about to get one."""
SHARDS = [f"{number:02x}" for number in range(256)]

State = ImageItem.State


@dataclass(frozen=True)
class Fault:
    """One thing that does not agree with another."""

    kind: str
    """What such things are called, in the plural."""
    example: str
    fix: Callable[[], Any]
    """Raises ImageSearchError or OSError where it cannot be fixed."""


@dataclass(frozen=True)
class FileCheck:
    """Looks at images shard by shard: with `deep` into their files; originals are taken from `backup`."""

    deep: bool = False
    backup: Backup | None = None

    def shard(self, shard: str) -> Iterator[Fault]:
        """One 256th of the images, by the first two digits of their hashes, against files named so."""
        # Rows before files: a picture that comes in meanwhile has its files before its row.
        items = list(ImageItem.objects.filter(sha256__gte=shard, sha256__lt=shard + "g").order_by("sha256"))
        stored = sizes(f"originals/{shard}") | sizes(f"derived/{shard}")
        known: set[str] = set()
        for item in items:
            known.update(item.files())
            yield from self.of(item, stored)
        yield from orphans(set(stored) - known)

    def of(self, item: ImageItem, stored: dict[str, int]) -> Iterator[Fault]:
        """What is wrong with the files of one image; nothing new where its row says it already."""
        original, *smaller = item.files()
        reason = self.wrong_original(item, original, stored)
        if reason:
            if not lost(item) or self.in_backup(item):
                damaged = reason == indexing.FILE_DAMAGED
                kind = "images whose own file is damaged" if damaged else "images whose own file is missing"
                yield Fault(kind, named(item), partial(self.restore, item, reason))
            return
        if any(name not in stored for name in smaller):
            yield Fault("images without their smaller pictures", named(item), partial(remake, item))
        elif any(not stored[name] or (self.deep and not is_whole(name)) for name in smaller):
            yield Fault("images whose smaller pictures are damaged", named(item), partial(remake, item))
        if lost(item):  # its file has come back
            yield Fault("images whose file is there again", named(item), partial(queue, item))

    def wrong_original(self, item: ImageItem, name: str, stored: dict[str, int]) -> str:
        """Why the image's own file cannot be used; "" where it can."""
        if name not in stored:
            return indexing.FILE_MISSING
        if not stored[name]:
            return indexing.FILE_DAMAGED
        # A row that says "damaged" is believed until the file's bytes are read.
        if (self.deep or lost(item)) and sha256_of(name) not in (item.sha256, None):
            return indexing.FILE_DAMAGED
        return ""

    def in_backup(self, item: ImageItem) -> bool:
        return bool(self.backup and self.backup.original(item.sha256 or "", item.file.name or ""))

    def restore(self, item: ImageItem, reason: str) -> None:
        """Take the original from the backup; where it is not there, note why the image has none."""
        content = self.backup.original(item.sha256 or "", item.file.name or "") if self.backup else None
        if content is None:
            mark(item, reason)
            return
        default_storage.replace(item.file.name, ContentFile(content))  # type: ignore[attr-defined]
        before, photo = item.files(), decode(content, item.original_name)
        item.describe_looks(photo)
        store(item, photo)
        ImageItem.objects.filter(pk=item.pk, sha256=item.sha256).update(
            **{name: getattr(item, name) for name in LOOKS_FIELDS}
        )
        for name in set(before) - set(item.files()):  # of an older version of our decoding
            default_storage.delete(name)
        if lost(item):
            queue(item)


def lost(item: ImageItem) -> bool:
    """Whether the row says that its file is missing or damaged."""
    return item.state == State.FAILED and item.reason in (indexing.FILE_MISSING, indexing.FILE_DAMAGED)


def sizes(folder: str) -> dict[str, int]:
    """The files in a folder of the storage with their sizes in bytes; none where there is no such folder."""
    found: dict[str, int] = default_storage.sizes(folder)  # type: ignore[attr-defined]
    return found


def sha256_of(name: str) -> str | None:
    """Of a stored file; None where it has been deleted meanwhile."""
    digest = hashlib.sha256()
    try:
        with default_storage.open(name) as file:
            for chunk in file.chunks(1024 * 1024):
                digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def is_whole(name: str) -> bool:
    """Whether the stored tile or view can be decoded to its end; also where it has been deleted meanwhile."""
    try:
        with default_storage.open(name) as file, Image.open(file, formats=["WEBP"]) as image:
            image.load()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return True


def misplaced_files() -> Iterator[Fault]:
    """Files where no picture is ever stored."""
    for folder in ("originals", "derived"):
        yield from orphans(set(sizes(folder)))
        for shard in set(subfolders(folder)) - set(SHARDS):
            yield from orphans(set(sizes(f"{folder}/{shard}")))


def subfolders(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def orphans(names: set[str]) -> Iterator[Fault]:
    """Those of the files that are old enough to have their rows, if they were to get any."""
    for name in sorted(names):
        try:
            age = timezone.now() - default_storage.get_modified_time(name)
        except FileNotFoundError:
            continue
        if age > SETTLED:
            yield Fault("files without an image", name, partial(delete_orphan, name))


def delete_orphan(name: str) -> None:
    """Unless its picture has been added meanwhile, or made again."""
    item = ImageItem.objects.filter(sha256=name.rpartition("/")[2].partition(".")[0]).first()
    if item is None or name not in item.files():
        default_storage.delete(name)


def mark(item: ImageItem, reason: str) -> None:
    """The row stays, failed, and is no longer found."""

    def write() -> None:
        ImageItem.objects.filter(pk=item.pk).update(
            state=State.FAILED, reason=reason, next_try_at=None, lease_until=None
        )
        forget_vectors([item.pk])

    atomically(write, repeatable=True)


def queue(item: ImageItem) -> None:
    """Have an image whose file is there again embedded."""
    ImageItem.objects.filter(pk=item.pk).requeue()
    embedding_signals.schedule(Embedding, [item.pk])


def remake(item: ImageItem) -> None:
    """Make tile and view again, in place of what is there. Raises ImageError, StorageFull, OSError."""
    with item.file.open("rb") as file:
        store(item, decode(file, item.original_name))


def store(item: ImageItem, photo: Photo) -> None:
    for kind, picture in (("t", photo.tile()), ("v", photo.view())):
        default_storage.replace(item.derived_name(kind), ContentFile(picture))  # type: ignore[attr-defined]


def named(item: ImageItem) -> str:
    return f"#{item.pk} {item}"
