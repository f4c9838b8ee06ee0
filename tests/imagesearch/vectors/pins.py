"""Rows with vectors of three numbers, and who is near to x."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from imagesearch.vectors.nearest import Neighbours, nearest
from tests.points.models import Pin

X, Y, Z = [1, 0, 0], [0, 1, 0], [0, 0, 1]
Elsewhere = Callable[[Callable[[], Any]], Any]


def pin(*vectors: Sequence[float]) -> list[int]:
    """The new rows' keys, ascending. One by one: TiDB tells no key after bulk_create."""
    return [Pin.objects.create(vector=vector).pk for vector in vectors]


def near_x(n: int = 10, **how: Any) -> Neighbours:
    return nearest(Pin, "vector", X, n, **how)


@contextmanager
def undone(using: str = "default") -> Iterator[None]:
    """A transaction, or a savepoint in one, that is rolled back at its end."""
    with transaction.atomic(using):
        yield
        transaction.set_rollback(True, using)
