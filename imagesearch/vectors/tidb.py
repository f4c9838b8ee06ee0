"""Neighbours by TiDB: the one statement that its vector index answers, and exact ways where it cannot."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from django.db import OperationalError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database.release import is_tidb
from imagesearch.database.transactions import number
from imagesearch.vectors.codec import DISTANCE_DIGITS, Vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.functions import CosineDistance

Way = Literal["exact", "index"]
Allowed = Collection[int] | models.QuerySet[Any] | None
"""The keys that may come back, or a query for them; None: all."""

TIFLASH_GONE = frozenset({9012, 9013})
"""TiFlash did not answer in time, or is too busy."""
CACHE_SECONDS = 60.0
"""Seconds for which it is remembered that TiFlash is gone, or that a statement takes the index."""
LOCK_WAIT = 5
"""Seconds to wait for a row that another transaction holds."""
INDEX_SCAN = "annIndex"
"""Stands in the plan of a statement that the vector index answers."""


class TidbNeighbours(NamedTuple):
    """(key, cosine distance) by (distance, key), and how they were found."""

    pairs: list[tuple[int, float]]
    way: Way


def prepare(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`: a search that has lost TiFlash goes on by TiKV, not into an error.

    And who waits for a row that another holds is told after seconds, not after TiDB's fifty.
    """
    if connection.vendor == "mysql" and is_tidb(connection):
        with connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION tidb_allow_fallback_to_tikv = 'tiflash', innodb_lock_wait_timeout = %s",
                [LOCK_WAIT],
            )


def nearest(field: VectorField, vector: Vector, n: int, allowed: Allowed, using: str) -> TidbNeighbours:
    """The n nearest to `vector` (d,), by the index where TiDB takes it, else by measuring every row.

    Zeros have no distance, which sorts before all others. Only foreign SQL stores them; once some are met,
    they are left out by a condition, at the price of the index.
    """
    found = _found(field, statement(field, vector, n, allowed).using(using), n, allowed)
    if found.pairs and found.pairs[-1][1] == math.inf:
        rows = statement(field, vector, n, allowed, measurable=True).using(using)
        found = TidbNeighbours(_found(field, rows, n, allowed).pairs, "exact")
    return found


def _found(field: VectorField, rows: models.QuerySet[Any, Any], n: int, allowed: Allowed) -> TidbNeighbours:
    """The rows' answer. Where TiFlash is gone in the middle, the search is repeated without it, and so are
    those of the next minute, instead of waiting ten seconds each.
    """
    using = rows.db
    connection = connections[using]
    if not _tiflash.is_away(using):
        try:
            return TidbNeighbours(_measured(rows), _plans.way(connection, field, rows, n, allowed))
        except OperationalError as error:
            if number(error) not in TIFLASH_GONE:
                raise
            _tiflash.note(using)
    with without_tiflash(connection):
        return TidbNeighbours(_measured(rows), "exact")


def statement(
    field: VectorField, vector: Vector, n: int, allowed: Allowed, *, measurable: bool = False
) -> models.QuerySet[Any, tuple[int, float]]:
    """The query for the n nearest.

    The index answers one shape alone: a single sort key, ascending, which is the index's own function of
    the column, and a LIMIT. A second key (even the primary one), a condition or a join loses it. So the
    key decides between equal distances only where a condition has lost it already; else TiDB chooses which
    of them come within the LIMIT. `measurable` leaves rows of zeros out.
    """
    distance = CosineDistance(field.name, vector)
    rows: models.QuerySet[Any] = field.model._base_manager.annotate(vector_distance=distance)
    if field.null:
        rows = rows.filter(**{f"{field.name}__isnull": False})  # NULL would sort before every distance
    if allowed is not None:
        rows = rows.filter(pk__in=allowed)
    if measurable:
        rows = rows.filter(vector_distance__isnull=False)
    # The bare distance: its rounding would be sorted by TiDB itself, which then fetches every vector.
    keys = ("vector_distance", "pk") if rows.query.where else ("vector_distance",)
    return rows.order_by(*keys).values_list("pk", "vector_distance")[: max(n, 0)]


def _measured(rows: models.QuerySet[Any, tuple[int, float | None]]) -> list[tuple[int, float]]:
    """By (distance, key); what has no distance is infinitely far."""
    pairs = [
        (key, math.inf if distance is None else round(distance, DISTANCE_DIGITS)) for key, distance in rows
    ]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


@contextmanager
def without_tiflash(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, this connection reads from TiKV alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION tidb_isolation_read_engines = 'tikv,tidb'")
        try:
            yield
        finally:
            cursor.execute("SET SESSION tidb_isolation_read_engines = DEFAULT")


class TiFlashOutages:
    """What this process remembers of the TiFlash behind each database."""

    def __init__(self) -> None:
        self._gone_until: dict[str, float] = {}

    def is_away(self, alias: str) -> bool:
        return time.monotonic() < self._gone_until.get(alias, 0.0)

    def note(self, alias: str) -> None:
        self._gone_until[alias] = time.monotonic() + CACHE_SECONDS


class PlanCache:
    """Whether TiDB's planner takes the index for a statement; asked of it once a minute.

    So an index that was dropped, or that the planner leaves aside in a small table, is not called one.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, VectorField, int], tuple[float, Way]] = {}

    def way(
        self,
        connection: BaseDatabaseWrapper,
        field: VectorField,
        rows: models.QuerySet[Any, tuple[int, float]],
        n: int,
        allowed: Allowed,
    ) -> Way:
        if field.null or allowed is not None or not is_tidb(connection):
            return "exact"
        key = (connection.alias, field, n)
        until, way = self._seen.get(key, (0.0, "exact"))
        if time.monotonic() >= until:
            way = "index" if takes_index(rows) else "exact"
            self._seen[key] = (time.monotonic() + CACHE_SECONDS, way)
        return way


def takes_index(rows: models.QuerySet[Any, Any]) -> bool:
    """Whether TiDB's planner would answer this query by a vector index. Costs about a millisecond."""
    return INDEX_SCAN in rows.explain()


_tiflash = TiFlashOutages()
_plans = PlanCache()
