"""Galleries of vectors that one can see: each image points along an axis, or between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from gallery.models import Embedding, ImageItem, Tag, VectorSpace

Vector = list[float]


def along(axis: int, degrees: float = 0.0, towards: int = 500) -> Vector:
    """A unit vector along an axis, turned by so many degrees towards another."""
    vector = [0.0] * 512
    vector[axis] = math.cos(math.radians(degrees))
    vector[towards] = math.sin(math.radians(degrees))
    return vector


def fill(vectors: Sequence[Vector]) -> list[ImageItem]:
    """Images without pictures, which have these vectors."""
    VectorSpace.current()
    last = ImageItem.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    # With keys, since TiDB tells none after bulk_create.
    items = [ImageItem(pk=last + 1 + number, state="ready") for number in range(len(vectors))]
    insert(items)
    Embedding.objects.bulk_create(
        [Embedding(image_id=item.pk, vector=vector) for item, vector in zip(items, vectors, strict=True)]
    )
    return list(ImageItem.objects.filter(pk__gt=last).order_by("pk"))


def insert(items: Sequence[ImageItem]) -> None:
    """These rows, by Django's own bulk_create: nothing is embedded."""
    QuerySet(ImageItem).bulk_create(items)  # type: ignore[arg-type]


def tag(name: str, items: Iterable[ImageItem]) -> Tag:
    found = Tag.named([name])[0]
    found.images.add(*items)
    return found
