"""The files of an image in the storage: kept before the row, forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError

from gallery.models import ImageItem
from imagesearch.database.transactions import is_away
from imagesearch.errors import StorageFull, StorageUnavailable
from imagesearch.images.decode import Photo
from imagesearch.images.storage import derived_name, original_name


def store_original(photo: Photo, content: bytes) -> str:
    """Keep the picture's own bytes, named by their content. Returns the name. Raises StorageFull."""
    return default_storage.save(original_name(photo.sha256, photo.extension), ContentFile(content))


def names(photo: Photo) -> list[str]:
    """Of the three files that are stored of a picture."""
    derived = [derived_name(photo.sha256, kind) for kind in ("t", "v")]
    return [original_name(photo.sha256, photo.extension), *derived]


@contextmanager
def kept_with_row(*photos: Photo) -> Iterator[None]:
    """Within, files of images and their rows are written. Where that fails, no file is left without a row.

    Only where the database has said what became of the row: see `transactions.is_away`.
    """
    try:
        yield
    except (StorageFull, StorageUnavailable, DatabaseError) as error:
        if not is_away(error):
            with suppress(DatabaseError, OSError, StorageUnavailable):  # then `check_gallery --fix` does
                for photo in photos:
                    forget(photo.sha256, names(photo))
        raise


def forget(sha256: str, names: Sequence[str]) -> None:
    """Delete an image's files, unless the same picture has been added again meanwhile."""
    if not ImageItem.objects.filter(sha256=sha256).exists():
        for name in filter(None, names):
            default_storage.delete(name)
