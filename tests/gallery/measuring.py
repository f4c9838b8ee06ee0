"""Galleries of vectors that one can see: each image points along an axis, or between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from gallery import indexing
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
    with indexing.postponed():
        items = ImageItem.objects.bulk_create([ImageItem(state="ready") for _ in vectors])
    Embedding.objects.bulk_create(
        [Embedding(image=item, vector=vector) for item, vector in zip(items, vectors, strict=True)]
    )
    return items


def tag(name: str, items: Iterable[ImageItem]) -> Tag:
    found = Tag.named([name])[0]
    found.images.add(*items)
    return found
