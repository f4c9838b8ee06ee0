"""Pictures that people search with: kept apart from the library, smaller and without metadata, for a day."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DatabaseError
from django.utils import timezone

from gallery.models import QueryPicture
from imagesearch.asking import picture_vector
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import StorageUnavailable
from imagesearch.query import Picture


def keep(picture: Picture, embedder: Embedder) -> QueryPicture:
    """Keep a picture for a day, embedded as it is kept, so that every process finds the same hits later.

    Raises ImageError, EmbeddingError, StorageFull.
    """
    view = picture.photo.view()
    shown = Picture(view, picture.name)
    picture_vector(shown, embedder)
    kept = QueryPicture(
        name=picture.name[:255],
        sha256=shown.sha256,
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
