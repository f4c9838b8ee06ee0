"""Pictures that people search with: kept apart from the library, smaller and without metadata, for a day."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DatabaseError
from django.db.models import QuerySet, Sum
from django.utils import timezone

from gallery.ingest.disk_space import MIB, keep_reserve
from gallery.models import QueryPicture
from gallery.models.query_pictures import query_storage
from imagesearch.database.transactions import atomically
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import StorageUnavailable
from imagesearch.query import Picture
from imagesearch.query.query_vector import picture_vector

BATCH = 100


def keep(picture: Picture, embedder: Embedder) -> QueryPicture:
    """Keep a picture for a day, embedded as it is kept, so that every process finds the same hits later.

    Raises ImageError, EmbeddingError, StorageFull.
    """
    view = picture.photo.view()
    shown = Picture(view, picture.name)
    picture_vector(shown, embedder)
    keep_reserve(len(view), query_storage())
    make_room(len(view))
    kept = QueryPicture(
        name=picture.name[:255],
        sha256=shown.sha256,
        size=len(view),
        expires_at=timezone.now() + timedelta(hours=settings.QUERY_PICTURE_HOURS),
    )
    kept.file.save(f"{kept.token}.webp", ContentFile(view), save=False)
    try:
        kept.save()
    except DatabaseError:
        with suppress(OSError, StorageUnavailable):  # else it is swept later
            kept.file.delete(save=False)
        raise
    return kept


def unpinned() -> QuerySet[QueryPicture]:
    """Those that no saved search needs."""
    return QueryPicture.objects.filter(saved_searches=None)


def make_room(size: int = 0) -> int:
    """Delete the oldest unpinned ones until `size` more bytes fit in QUERY_PICTURES_MB. Returns how many."""
    total = unpinned().aggregate(total=Sum("size"))["total"] or 0
    over = total + size - settings.QUERY_PICTURES_MB * MIB
    oldest_first = unpinned().order_by("created_at", "pk").values_list("pk", "size")
    deleted = 0
    while over > 0 and (oldest := list(oldest_first[:BATCH])):
        for pk, bytes_of_it in oldest:
            if over > 0:
                deleted += delete(unpinned(), pk)
                over -= bytes_of_it
    return deleted


def delete(among: QuerySet[QueryPicture], pk: int) -> bool:
    """Delete this one, row before file, if it is still among those. Returns whether it was deleted.

    It may be used again, or pinned, since it was found.
    """

    def write() -> QueryPicture | None:
        # Who pins it locks the same row; see gallery/saved_searches/saving.py.
        picture = among.select_for_update().filter(pk=pk).first()
        if picture:
            picture.delete()
        return picture

    if picture := atomically(write, repeatable=True):
        picture.file.delete(save=False)
    return picture is not None


def measure() -> None:
    """Note the size of those that were kept before sizes were noted."""
    for picture in QueryPicture.objects.filter(size=0).iterator():
        with suppress(OSError):
            size = picture.file.storage.size(picture.file.name)
            QueryPicture.objects.filter(pk=picture.pk, size=0).update(size=size)
