"""How much disk an import needs, and whether there is room for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings

from gallery.ingest.disk_space import Disk
from gallery.ingest.importing import reading
from gallery.ingest.importing.entry import ImportEntry
from gallery.models import ImageItem
from imagesearch.errors import StorageFull
from imagesearch.jobs.batches import batched
from imagesearch.jobs.progress import Progress, weight

# Beside each original: tile and view, at most so many times its size and so many bytes, and the row.
DERIVED_SHARE, DERIVED_MOST, ROW = 1.2, 300_000, 6_000


@dataclass
class Survey:
    """What a first look at the sources has found; sizes in bytes."""

    pictures: int = 0
    addresses: int = 0
    size: int = 0
    needed: int = 0

    @classmethod
    def of(cls, entries: Iterable[ImportEntry]) -> Self:
        survey = cls()
        for entry in entries:
            survey.count(entry)
        return survey

    def count(self, entry: ImportEntry) -> None:
        if entry.skipped:
            return
        self.pictures += 1
        if entry.path is None:
            self.addresses += bool(entry.url)
        elif not entry.problem:
            size = file_size(entry.path)
            self.size += size
            self.needed += needed(size)


def file_size(path: Path) -> int:
    """0 where it cannot be read; that is found out later, and said."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def needed(size: int) -> int:
    """Bytes on disk for a picture of that size, with all that is made of it."""
    return size + min(int(size * DERIVED_SHARE), DERIVED_MOST) + ROW


def refuse_import(disk: Disk, needed: int, least: float) -> None:
    """Raises StorageFull where less than `least` percent of the disk would be free."""
    if disk.has_room(needed, disk.percent(least)):
        return
    left = f"after the {weight(needed)} of this import, " if needed else ""
    raise StorageFull(
        f"The disk that holds {settings.DATA_DIR} has {weight(disk.free)} free of {weight(disk.total)}; "
        f"{left}less than {least:g} % of it would be free. Make room, or allow less with --min-free."
    )


def bytes_to_come(entries: Iterable[ImportEntry], progress: Progress) -> int:
    """What the files need that are not in the gallery yet; reads all of them."""
    total = 0
    for part in batched((entry for entry in entries if not entry.skipped), 100):
        paths = [entry.path for entry in part if entry.path and not entry.problem]
        sizes = dict(filter(None, map(hash_and_size, paths)))
        here = ImageItem.objects.filter(sha256__in=sizes).values_list("sha256", flat=True)
        total += sum(map(needed, sizes.values())) - sum(needed(sizes[sha256]) for sha256 in here if sha256)
        progress.advance(len(part))
    return total


def hash_and_size(path: Path) -> tuple[str, int] | None:
    try:
        with reading.open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except (OSError, ValueError):
        return None
