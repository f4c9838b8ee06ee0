"""One picture comes in: judged, stored, then a row; never twice, never half."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from django.db import IntegrityError, transaction

from gallery import indexing
from gallery.files import store_original
from gallery.models import ImageItem, Tag
from imagesearch.conf import setting
from imagesearch.images import decode


class Taken(NamedTuple):
    """The image, and whether it is new; else it was here already, with the very same bytes."""

    item: ImageItem
    created: bool


def take(source: bytes | BinaryIO, *, name: str = "", owner: Any = None, tags: Sequence[str] = (), **fields: Any) -> Taken:
    """Add one picture. What is acknowledged is durable: the files are stored before the row.

    `fields` are those of ImageItem (title, caption, image_uri, visibility …). Raises ImageError, StorageFull.
    """
    content = source if isinstance(source, bytes) else source.read(setting("MAX_IMAGE_BYTES") + 1)
    photo = decode(BytesIO(content), name)
    if here := ImageItem.objects.filter(sha256=photo.sha256).first():
        return Taken(here, False)
    item = ImageItem(owner=owner, original_name=name[:255], **fields)
    item.describe(photo)
    item.file = store_original(photo, content)
    item.store_derived(photo)
    labels = Tag.named(list(tags))
    with indexing.at_hand(photo):
        try:
            with transaction.atomic():
                item.save()
                item.tags.set(labels)
        except IntegrityError:  # somebody else was adding the same picture at the same time
            return Taken(ImageItem.objects.get(sha256=photo.sha256), False)
    return Taken(item, True)
