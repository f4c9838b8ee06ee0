"""Neighbours by TiDB: the one statement that its vector index answers, and the exact one beside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.vectors.codec import DISTANCE_DIGITS, Vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.functions import CosineDistance

Way = Literal["exact", "index"]


def is_tidb(connection: BaseDatabaseWrapper) -> bool:
    """TiDB speaks MySQL's protocol and calls itself `8.0.11-TiDB-v8.5.x`. Asks the server once."""
    return connection.vendor == "mysql" and "TiDB" in connection.mysql_server_info  # type: ignore[attr-defined]


def way(field: VectorField, allowed: Collection[int] | None) -> Way:
    """Any WHERE turns the vector index off, and TiDB measures every row instead: right, but slower."""
    return "exact" if field.null or allowed is not None else "index"


def nearest(
    field: VectorField, vector: Vector, n: int, allowed: Collection[int] | None, using: str
) -> list[tuple[int, float]]:
    """The n nearest (key, cosine distance) by (distance, key)."""
    rows = statement(field, vector, n, allowed).using(using)
    pairs = [(key, round(distance, DISTANCE_DIGITS)) for key, distance in rows]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


def statement(
    field: VectorField, vector: Vector, n: int, allowed: Collection[int] | None
) -> models.QuerySet[Any, tuple[int, float]]:
    """The query for the n nearest.

    The index answers one shape alone: a single sort key, ascending, which is the index's own function of
    the column, and a LIMIT. A second key (even the primary one), a condition or a join loses it.
    """
    distance = CosineDistance(field.name, vector)
    rows: models.QuerySet[Any] = field.model._base_manager.annotate(vector_distance=distance)
    if field.null:
        rows = rows.filter(**{f"{field.name}__isnull": False})  # NULL would sort before every distance
    if allowed is not None:
        rows = rows.filter(pk__in=allowed)
    return rows.order_by("vector_distance").values_list("pk", "vector_distance")[: max(n, 0)]
