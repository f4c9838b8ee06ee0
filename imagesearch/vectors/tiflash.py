"""What TiDB says of the vector index of one column: TiFlash, the replica, the build, and who uses it.

The statements were run on a TiDB without TiFlash; the answers of a TiFlash are taken from TiDB's
documentation and source.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from django.apps import apps
from django.db import DatabaseError, InterfaceError, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database import release
from imagesearch.database.release import is_tidb
from imagesearch.database.transactions import is_away
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.tidb import INDEX_SCAN, statement

MIN_PLANNED_ROWS = 5_000
"""Rows from which TiDB's plan shows whether it uses the index: smaller tables are always scanned."""
LARGE = 50_000
"""Rows from which a search without the index is too slow."""
SCAN_SECONDS = 4.5e-6
"""Of an exact search, for each row of 512 numbers: 270 to 650 ms at 100,000 rows were measured."""
SEARCH_LIMIT = 100
"""Neighbours that a search asks for."""
CACHE_SECONDS = 20.0
"""Seconds for which a cached state is valid."""

Standing = Literal[
    "missing", "nullable", "old", "no tiflash", "none", "dead",
    "replicating", "building", "failed", "unused", "ready",
]  # fmt: skip


@dataclass(frozen=True)
class Replica:
    """The table's copy in TiFlash, from which the index is made."""

    count: int
    available: bool
    progress: float
    """0 to 1."""


@dataclass(frozen=True)
class Build:
    """Rows over all TiFlash nodes: in the index, waiting for it, and so new that they are always measured."""

    indexed: int
    waiting: int
    new: int
    error: str


@dataclass(frozen=True)
class IndexState:
    """A vector column, and all that is known of its index; None is not known, or not there."""

    table: str
    column: str
    dimensions: int
    nullable: bool
    too_old: bool
    rows: int | None
    """As TiDB's statistics have it; None where there is no such table."""
    nodes: int | None
    """TiFlash nodes; None where this user may not see them."""
    replica: Replica | None
    index: str | None
    """Its name, once it may be used."""
    build: Build | None
    used: bool | None
    """Whether TiDB takes it for our own search; None where its plan says nothing, as in small tables."""

    @property
    def standing(self) -> Standing:
        """The first thing that is in the way, or "ready"."""
        build = self.build or Build(0, 0, 0, "")
        in_the_way: Sequence[tuple[bool, Standing]] = (
            (self.rows is None, "missing"),
            (self.nullable, "nullable"),
            (self.too_old, "old"),
            (self.nodes == 0, "no tiflash"),
            (self.replica is None, "dead" if self.index else "none"),
            (self.replica is not None and not self.replica.available, "replicating"),
            (bool(build.error), "failed"),
            (self.index is None, "building" if self.build else "none"),
            (build.waiting > 0, "building"),
            (self.used is False, "unused"),
        )
        return next((standing for found, standing in in_the_way if found), "ready")

    @property
    def is_large(self) -> bool:
        return (self.rows or 0) >= LARGE

    @property
    def needs_attention(self) -> bool:
        """Whether a person should act: a small table is answered quickly without an index."""
        if self.standing in ("dead", "failed"):
            return True
        return self.is_large and self.standing in ("no tiflash", "none", "unused")

    @property
    def exact_milliseconds(self) -> float:
        """About what one search takes without the index."""
        return (self.rows or 0) * self.dimensions / 512 * SCAN_SECONDS * 1000

    @property
    def way(self) -> Literal["exact", "index"]:
        return "index" if self.used or (self.used is None and self.standing == "ready") else "exact"

    @property
    def share(self) -> float | None:
        """How far the copying or the building is, 0 to 1; None while neither goes on."""
        if self.standing == "replicating" and self.replica:
            return self.replica.progress
        if self.standing == "building" and self.build:
            return self.build.indexed / max(self.build.indexed + self.build.waiting, 1)
        return None

    @property
    def sentence(self) -> str:
        """What the standing means, in a sentence or two."""
        build, replica = self.build or Build(0, 0, 0, ""), self.replica or Replica(0, False, 0.0)
        built = f"{build.indexed:,} of {build.indexed + build.waiting:,} rows"
        return {
            "missing": "There is no such table yet.",
            "nullable": f"The column may be NULL, which no vector index supports. {self.slow}",
            "old": "This TiDB is older than v8.4, the first release with vectors.",
            "no tiflash": f"This cluster has no TiFlash node, so there can be no index. {self.slow}",
            "none": f"There is no index. {self.slow}",
            "dead": f"The index does not work: its replica in TiFlash is missing. {self.slow}",
            "replicating": f"TiFlash is copying the table: {replica.progress:.0%}. {self.slow}",
            "failed": f"TiFlash could not build the index: {build.error}",
            "building": f"The index is being built: {built}. Search is correct meanwhile.",
            "unused": f"The index is there, but TiDB does not use it. {self.slow}",
            "ready": self.ready,
        }[self.standing]

    @property
    def slow(self) -> str:
        rows = self.rows or 0
        if rows < MIN_PLANNED_ROWS:
            return f"Search is exact and, at {rows:,} rows, fast enough."
        return (
            f"Search is exact: correct, but it measures every row; at {rows:,} rows that takes about "
            f"{rounded(self.exact_milliseconds)} ms."
        )

    @property
    def ready(self) -> str:
        rows = self.rows or 0
        if self.used is None and rows < MIN_PLANNED_ROWS:
            return f"The index is ready; at {rows:,} rows TiDB may still measure every row."
        if self.used is None:
            return "The index is ready; TiDB decides whether to use it once it has analyzed the table."
        new = f"; {self.build.new:,} new rows are measured beside it" if self.build and self.build.new else ""
        return f"Search uses the index{new}."

    @property
    def fix(self) -> str:
        """What to do about it; "" where there is nothing."""
        return {
            "missing": "manage.py migrate",
            "nullable": "Keep the vectors in a table of their own, with a column that is never NULL.",
            "old": "Upgrade to TiDB v8.5 or later.",
            "no tiflash": "Add a TiFlash node to the cluster, then: manage.py vector_index create",
            "none": "manage.py vector_index create",
            "dead": "manage.py vector_index create",
            "failed": "manage.py vector_index drop, then: manage.py vector_index create",
            "unused": f"ANALYZE TABLE `{self.table}`; then check the search with EXPLAIN",
        }.get(self.standing, "")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "standing": self.standing,
            "way": self.way,
            "sentence": self.sentence,
            "mend": self.fix,
        }


def rounded(milliseconds: float) -> str:
    """To two digits, as it is an estimate."""
    return f"{float(f'{milliseconds:.2g}'):,.0f}" if milliseconds >= 1 else "1"


def columns() -> list[VectorField]:
    """The vector columns of all installed models."""
    return [
        field
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, VectorField)
    ]


def write_connection(field: VectorField) -> BaseDatabaseWrapper:
    """The connection to the database that the column is in."""
    return connections[router.db_for_write(field.model)]


def index_state(field: VectorField, connection: BaseDatabaseWrapper | None = None) -> IndexState | None:
    """The state of a column's index; None where the database is not TiDB and needs none.

    Takes some milliseconds, on a cluster rather tens of them.
    """
    connection = connection or write_connection(field)
    if not is_tidb(connection):
        return None
    table, column = field.model._meta.db_table, str(field.column)
    rows = count(connection, table)
    index = None if rows is None else index_name(connection, table, column)
    servers = nodes(connection)
    copy = None if servers == 0 else replica(connection, table)  # without TiFlash, it may take TiDB 40 s
    return IndexState(
        table=table,
        column=column,
        dimensions=field.dimensions,
        nullable=field.null,
        too_old=release.is_too_old(connection),
        rows=rows,
        nodes=servers,
        replica=copy,
        index=index,
        build=build(connection, table, column, index) if copy else None,
        used=is_used(field, connection) if index and (rows or 0) >= MIN_PLANNED_ROWS else None,
    )


class StateCache:
    """States as they were some seconds ago, for pages that many people look at."""

    def __init__(self) -> None:
        self._seen: dict[VectorField, tuple[float, IndexState | None]] = {}

    def get(self, field: VectorField) -> IndexState | None:
        """The state, at most CACHE_SECONDS seconds old."""
        until, state = self._seen.get(field, (0.0, None))
        if time.monotonic() >= until:
            state = index_state(field)
            self._seen[field] = (time.monotonic() + CACHE_SECONDS, state)
        return state

    def forget(self) -> None:
        self._seen.clear()


state_cache = StateCache()


def count(connection: BaseDatabaseWrapper, table: str) -> int | None:
    """Rows by TiDB's statistics, which follow after a minute or so; while they say little, counted so far."""
    found = _query(
        connection,
        "SELECT TABLE_ROWS FROM INFORMATION_SCHEMA.TABLES"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
        table,
    )
    if not found:
        return None
    if (known := int(found[0][0] or 0)) >= MIN_PLANNED_ROWS:
        return known
    quoted = connection.ops.quote_name(table)
    few = f"SELECT COUNT(*) FROM (SELECT 1 FROM {quoted} LIMIT {MIN_PLANNED_ROWS}) AS some"  # noqa: S608
    return int(_query(connection, few)[0][0])


def nodes(connection: BaseDatabaseWrapper) -> int | None:
    """TiFlash nodes. None where the table is not shown, since it takes the PROCESS privilege."""
    try:
        kinds = [row[0] for row in _query(connection, "SELECT TYPE FROM INFORMATION_SCHEMA.CLUSTER_INFO")]
    except (DatabaseError, InterfaceError) as error:
        if is_away(error):
            raise
        return None
    return kinds.count("tiflash") if kinds else None


def replica(connection: BaseDatabaseWrapper, table: str) -> Replica | None:
    found = _query(
        connection,
        "SELECT REPLICA_COUNT, AVAILABLE, PROGRESS FROM INFORMATION_SCHEMA.TIFLASH_REPLICA"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
        table,
    )
    if not found or not found[0][0]:
        return None
    copies, available, progress = found[0]
    return Replica(int(copies), bool(available), float(progress or 0))


def index_name(connection: BaseDatabaseWrapper, table: str, column: str) -> str | None:
    """The cosine index of a column, by the table's own definition; one in the making is not there yet."""
    quote = connection.ops.quote_name
    definition = _query(connection, f"SHOW CREATE TABLE {quote(table)}")[0][1]
    found = re.search(
        rf"VECTOR INDEX `((?:[^`]|``)+)`\s*\(\(VEC_COSINE_DISTANCE\({re.escape(quote(column))}\)\)\)",
        str(definition),
        re.IGNORECASE,
    )
    return found[1].replace("``", "`") if found else None


def build(connection: BaseDatabaseWrapper, table: str, column: str, index: str | None) -> Build | None:
    """What TiFlash says of the index, or of one in the making; None where it says nothing."""
    try:
        found = _query(
            connection,
            "SELECT ROWS_STABLE_INDEXED, ROWS_STABLE_NOT_INDEXED, ROWS_DELTA_NOT_INDEXED, ERROR_MESSAGE"
            " FROM INFORMATION_SCHEMA.TIFLASH_INDEXES WHERE TIDB_DATABASE = DATABASE() AND TIDB_TABLE = %s"
            " AND COLUMN_NAME = %s AND INDEX_NAME = %s",
            table,
            column,
            index or default_index_name(table, column),
        )
    except (DatabaseError, InterfaceError) as error:
        if is_away(error):
            raise
        return None  # TiFlash itself answers here, and may not
    if not found:
        return None
    indexed, waiting, new = (sum(int(row[place] or 0) for row in found) for place in range(3))
    return Build(indexed, waiting, new, next((str(row[3]) for row in found if row[3]), ""))


def is_making(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether TiDB is at work on an index of this table."""
    return bool(
        _query(
            connection,
            "SELECT JOB_ID FROM INFORMATION_SCHEMA.DDL_JOBS WHERE DB_NAME = DATABASE() AND TABLE_NAME = %s"
            " AND JOB_TYPE LIKE 'add %%index' AND STATE IN ('queueing', 'running', 'paused', 'rollingback')",
            table,
        )
    )


def default_index_name(table: str, column: str) -> str:
    """What we call an index that we make."""
    return f"{table}_{column}_cosine"[-64:]


def statements(table: str, column: str, replicas: int = 1) -> list[str]:
    """What makes the index, in order; the second needs the first to have come about."""
    create = f"CREATE VECTOR INDEX `{default_index_name(table, column)}` ON `{table}`"
    return [
        f"ALTER TABLE `{table}` SET TIFLASH REPLICA {replicas}",
        f"{create} ((VEC_COSINE_DISTANCE(`{column}`))) USING HNSW",
    ]


def is_used(field: VectorField, connection: BaseDatabaseWrapper) -> bool | None:
    """Whether TiDB takes the index for our own search. None before the table is analysed."""
    vector = np.eye(1, field.dimensions, dtype=np.float32)[0]
    search: models.QuerySet[Any] = statement(field, vector, SEARCH_LIMIT, None).using(connection.alias)
    sql, parameters = search.query.get_compiler(connection=connection).as_sql()
    plan = "\n".join(str(row[-1]) for row in _query(connection, f"EXPLAIN {sql}", *parameters))
    if INDEX_SCAN in plan:
        return True
    return None if "stats:pseudo" in plan else False


def _query(connection: BaseDatabaseWrapper, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())
