"""The files of an image in the storage: kept before the row, forgotten after it."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.models import ImageItem
from imagesearch.images import Photo
from imagesearch.storage import original_name


def store_original(photo: Photo, content: bytes) -> str:
    """Keep the picture's own bytes, named by their content. Returns the name. Raises StorageFull."""
    return default_storage.save(original_name(photo.sha256, photo.extension), ContentFile(content))


def forget(sha256: str, names: Sequence[str]) -> None:
    """Delete an image's files, unless the same picture has been added again meanwhile."""
    if not ImageItem.objects.filter(sha256=sha256).exists():
        for name in filter(None, names):
            default_storage.delete(name)
