"""The nearest rows of a vector column: step one of every search, on whichever database holds them."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import FieldError
from django.db import NotSupportedError, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database.release import is_tidb
from imagesearch.vectors import tidb
from imagesearch.vectors.codec import as_vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.mirror import mirror


@dataclass(frozen=True)
class Plan:
    """How neighbours were found."""

    way: tidb.Way
    """exact: every candidate was measured; index: TiDB's planner takes its vector index."""
    engine: str
    """sqlite or tidb."""
    candidates: int
    """Rows that were measured; on TiDB, which does not tell, rows that came back."""
    milliseconds: float

    @property
    def rescans(self) -> bool:
        """Whether asking for more would read and measure all the rows again."""
        return self.engine == "tidb" and self.way == "exact"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Neighbours(list[tuple[int, float]]):
    """(primary key, cosine distance), ascending by (distance, key)."""

    def __init__(self, pairs: Collection[tuple[int, float]], plan: Plan) -> None:
        super().__init__(pairs)
        self.plan = plan


def nearest(
    model: type[models.Model],
    field: str,
    vector: Any,
    n: int,
    allowed: tidb.Allowed = None,
    using: str | None = None,
) -> Neighbours:
    """The n rows whose vectors point most nearly where `vector` does, among the `allowed` if given.

    `allowed` are keys, or a query for keys of the same database, which TiDB then runs within its own.

    As many come back as there are, up to n, and what any process has committed is known. Raises
    VectorError on a vector that the column could not hold.
    """
    started = time.perf_counter()
    column = _column(model, field)
    query = as_vector(vector, column.dimensions)
    connection = _connection(model, using)
    if connection.vendor == "sqlite":
        matrix = mirror(connection, column).current(connection)
        keys = list(allowed) if isinstance(allowed, models.QuerySet) else allowed
        positions = matrix.living if keys is None else matrix.positions(keys)
        pairs = matrix.nearest(query, n, positions)
        plan = Plan("exact", "sqlite", len(positions), _since(started))
    else:
        pairs, way = tidb.nearest(column, query, n, allowed, connection.alias)
        plan = Plan(way, "tidb", len(pairs), _since(started))
    return Neighbours(pairs, plan)


def distances(
    model: type[models.Model], field: str, vector: Any, ids: Collection[int], using: str | None = None
) -> dict[int, float]:
    """Key → cosine distance of just these rows; keys that have no vector are missing."""
    column = _column(model, field)
    query = as_vector(vector, column.dimensions)
    connection = _connection(model, using)
    if connection.vendor == "sqlite":
        matrix = mirror(connection, column).current(connection)
        return matrix.distances(query, matrix.positions(ids))
    return dict(tidb.nearest(column, query, len(ids), ids, connection.alias).pairs)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _column(model: type[models.Model], name: str) -> VectorField:
    field = model._meta.get_field(name)
    if not isinstance(field, VectorField):
        raise FieldError(f"Neighbours are found by a VectorField; {field} is none.")
    return field


def _connection(model: type[models.Model], using: str | None) -> BaseDatabaseWrapper:
    connection = connections[using or router.db_for_read(model)]
    if connection.vendor != "sqlite" and not is_tidb(connection):
        raise NotSupportedError(
            f"Neighbours are found on SQLite and TiDB; database {connection.alias!r} is {connection.vendor}."
        )
    return connection
