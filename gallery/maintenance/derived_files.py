"""Tiles, views, hashes, colours and vectors of older images, made again where our decoding has changed.

What is left to do is in the rows (`derived_by`), so that any process goes on after one that was stopped.
Until a row is written, its old tile and view are shown; they have names of their own.
"""

from __future__ import annotations

import hashlib
import logging
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.ingest import indexing
from gallery.maintenance.file_faults import mark
from gallery.models import ImageItem, VectorSpace
from gallery.models.images import LOOKS_FIELDS
from gallery.models.vectors import TABLES
from imagesearch.concurrency import turns
from imagesearch.database.transactions import atomically
from imagesearch.errors import ImageError
from imagesearch.images.decode import DERIVED_BY, Photo, decode
from imagesearch.images.storage import derived_name

log = logging.getLogger(__name__)

BATCH = 8
KINDS = ("t", "v")
UNREADABLE = "The file is damaged; the picture shown was made by an earlier version of this site."
NOT_TAKEN = "The file cannot be read any more; the picture shown was made by an earlier version of this site."


def rederive_batch() -> int:
    """The next few images; returns how many were looked at, 0 where none is left.

    Raises OSError or StorageUnavailable where the storage does not answer, and then goes on where it was.
    """
    items = list(ImageItem.objects.outdated().order_by("derived_by", "pk")[:BATCH])
    photos: dict[int, Photo] = {}
    with turns.uploading():
        for item in items:
            if (photo := rederive(item)) is not None:
                photos[item.pk] = photo
        indexing.index(list(photos), photos=photos.values())
    return len(items)


def rederive(item: ImageItem) -> Photo | None:
    """Make this image's picture again; returns it where its vector has to be made again, too."""
    if not default_storage.exists(item.file.name or ""):
        mark(item, indexing.FILE_MISSING)
        return None
    old = {kind: item.derived_name(kind) for kind in KINDS}
    new = {kind: derived_name(item.sha256 or "", kind) for kind in KINDS}
    with default_storage.open(item.file.name or "") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != item.sha256:  # it may be decodable even so, to another picture
        log.warning("Image %s keeps its old tile and view: its file has changed.", item.pk)
        _keep(item, old, new, UNREADABLE)
        return None
    try:
        photo = decode(content, item.original_name)
    except ImageError as error:
        log.warning("Image %s keeps its old tile and view: %s", item.pk, error)
        _keep(item, old, new, NOT_TAKEN)
        return None
    item.describe_looks(photo)
    item.store_derived(photo)
    again = _is_vector_outdated(item, old["v"], new["v"])
    if not atomically(partial(_write, item, again=again), repeatable=True):
        return None
    _delete(old)
    return photo if again else None


def _is_vector_outdated(item: ImageItem, old: str, new: str) -> bool:
    """A model that costs money or time elsewhere is asked again only where the picture looks different."""
    if indexing.active_embedder().local or item.state != ImageItem.State.READY:
        return True
    if not default_storage.exists(old):
        return True
    with default_storage.open(old) as before, default_storage.open(new) as after:
        return bool(before.read() != after.read())


def _write(item: ImageItem, *, again: bool) -> bool:
    """The new facts, and the row back in the queue; False where another picture has come meanwhile."""
    rows = ImageItem.objects.filter(pk=item.pk, sha256=item.sha256, derived_by__lt=DERIVED_BY)
    if not rows.update(**{name: getattr(item, name) for name in LOOKS_FIELDS}):
        return False
    if again:
        ImageItem.objects.filter(
            pk=item.pk
        ).requeue()  # findable by the old vector until the new one is there
        active = VectorSpace.current().vectors
        for table in TABLES.values():
            if table is not active:
                table._default_manager.filter(pk=item.pk).delete()
    return True


def _keep(item: ImageItem, old: dict[str, str], new: dict[str, str], note: str) -> None:
    """What was made of a file that cannot be read any more is all there is: keep it under the new names."""
    for kind in KINDS:
        if default_storage.exists(old[kind]):
            with default_storage.open(old[kind]) as file:
                default_storage.save(new[kind], ContentFile(file.read()))
    rows = ImageItem.objects.filter(pk=item.pk, sha256=item.sha256, derived_by__lt=DERIVED_BY)
    if rows.update(derived_by=DERIVED_BY, damage=note):
        _delete(old)


def _delete(names: dict[str, str]) -> None:
    for name in names.values():
        default_storage.delete(name)
