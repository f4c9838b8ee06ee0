"""Pictures that people search with: kept apart from the library, smaller and without metadata, for a day."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from gallery.models import QueryPicture
from imagesearch.embeddings.base import Embedder
from imagesearch.query import Picture, Question, cache, picture_key, picture_vector
from imagesearch.vectors.codec import Vector


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


def find(token: str) -> QueryPicture | None:
    """The kept picture of this token, good for a while longer; None when it has expired.

    A row without its file, as from a backup that left query pictures out, has expired too.
    """
    kept = QueryPicture.objects.filter(token=token, expires_at__gt=timezone.now()).first()
    if kept is None or not kept.file.storage.exists(kept.file.name):
        return None
    kept.touch()
    return kept


def question(kept: QueryPicture, embedder: Embedder) -> Question:
    """The picture as a query; embedded again only where its vector is forgotten. Raises EmbeddingError."""

    def embed() -> Vector:
        with kept.file.open("rb") as file:
            return picture_vector(Picture(file, kept.name), embedder)

    return Question("picture", cache.get(picture_key(embedder, kept.sha256), embed))
