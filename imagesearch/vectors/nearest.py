"""The nearest rows of a vector column: step one of every search, on whichever database holds them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from django.core.exceptions import FieldError
from django.db import NotSupportedError, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

from imagesearch.database.release import is_tidb
from imagesearch.vectors import tidb
from imagesearch.vectors.codec import as_vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.matrix import unit_rows
from imagesearch.vectors.mirror import mirror

SAMPLE_SECONDS = 600


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


def sample(
    model: type[models.Model], field: str, keys: Iterable[int], using: str | None = None
) -> NDArray[np.float32]:
    """(m, d): the unit vectors of these rows, in the order of their keys; keys without one are missing.

    TiDB's are kept by this process for a while: a sample is to stay as it is.
    """
    column = _column(model, field)
    connection = _connection(model, using)
    if connection.vendor == "sqlite":
        matrix = mirror(connection, column).current(connection)
        return matrix.rows(matrix.positions(list(keys)))
    wanted = tuple(sorted(keys))
    name = f"{connection.alias}:{model._meta.db_table}.{column.column}"
    kept = _samples.get(name)
    if kept is None or kept.keys != wanted or kept.read_at + SAMPLE_SECONDS < time.monotonic():
        rows = model._default_manager.using(connection.alias).order_by("pk").filter(pk__in=wanted)
        vectors = [vector for vector in rows.values_list(field, flat=True) if vector is not None]
        found = np.array(vectors, np.float32).reshape(-1, column.dimensions)
        kept = _samples[name] = Sample(wanted, unit_rows(found)[0], time.monotonic())
    return kept.vectors


class Sample(NamedTuple):
    """The vectors (m, d) of these keys, and when they were read."""

    keys: tuple[int, ...]
    vectors: NDArray[np.float32]
    read_at: float


_samples: dict[str, Sample] = {}


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
