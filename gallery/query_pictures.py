"""Pictures that people search with: kept apart from the library, smaller and without metadata, for a day."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from gallery.models import QueryPicture
from imagesearch.asking import picture_vector
from imagesearch.embeddings.base import Embedder
from imagesearch.query import Picture


def keep(picture: Picture, embedder: Embedder) -> QueryPicture:
    """Embed a picture, then keep it for a day. Raises ImageError, EmbeddingError, StorageFull."""
    picture_vector(picture, embedder)
    photo = picture.photo
    kept = QueryPicture(
        name=picture.name[:255],
        sha256=photo.sha256,
        expires_at=timezone.now() + timedelta(hours=settings.QUERY_PICTURE_HOURS),
    )
    kept.file.save(f"{kept.token}.webp", ContentFile(photo.view()), save=False)
    kept.save()
    return kept
