"""A TiDB with TiFlash as the cursor sees it: answers put together from TiDB's documentation and source.

Never run on TiFlash. What is proved by it is what we ask, in which order, and what we make of such answers.
"""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from django.db import OperationalError

SCAN = "TableFullScan_18 mpp[tiflash] annIndex:COSINE(vector..[1,0,0], limit:100), keep order:false"


class TiFlash:
    """The state behind the answers; a test sets it, and DDL changes it."""

    def __init__(self) -> None:
        self.rows: int | None = 120_000
        self.nodes: int | None = 1
        self.replica: tuple[int, int, float] | None = None
        self.copying: list[float] = []
        """Progress that is told before the replica is there."""
        self.index: str | None = None
        self.index_function = "VEC_COSINE_DISTANCE"
        self.builds: list[tuple[int, int, int, int, str]] = []
        """Indexed, waiting, both in the delta, error: of each TiFlash node."""
        self.plan = SCAN
        self.jobs = 0
        """Times that a job of somebody else is still seen to run."""
        self.refusals: dict[str, int] = {}
        """Statements that begin like this, or read this table, are refused with that error."""
        self.variables = ("pessimistic", "READ-COMMITTED")
        self.collation = ("utf8mb4", "utf8mb4_0900_ai_ci")
        self.tables: list[tuple[str, str]] = []
        """Tables of another collation."""
        self.ddl: list[str] = []
        self.without_read_timeout: list[dict[str, Any]] = []
        """The settings of copied connections, as they were when a statement was sent."""

    def connect(self, wrapper: Any) -> Any:
        """The wrapper, whose cursors answer from here."""
        wrapper.alias = "default"
        wrapper.settings_dict["OPTIONS"] = {"read_timeout": 60, "charset": "utf8mb4"}
        wrapper.cursor = lambda: Cursor(self)
        wrapper.copy = lambda: self._copy(wrapper)
        return wrapper

    def _copy(self, wrapper: Any) -> Any:
        settings = deepcopy(wrapper.settings_dict)

        def cursor() -> Cursor:
            self.without_read_timeout.append(deepcopy(settings))
            return Cursor(self)

        return SimpleNamespace(settings_dict=settings, cursor=cursor, close=lambda: None)

    def answer(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        for beginning, code in self.refusals.items():
            if sql.startswith(beginning) or f"FROM {beginning}" in sql:
                raise OperationalError(code, b"\xff not to be read")
        if sql.startswith(("ALTER", "CREATE")):
            self.ddl.append(sql)
            self._define(sql)
            return []
        if "INFORMATION_SCHEMA.TABLES" in sql and "TABLE_COLLATION" in sql:
            return list(self.tables)
        for part, rows in {
            "INFORMATION_SCHEMA.SCHEMATA": [self.collation],
            "INFORMATION_SCHEMA.TABLES": [] if self.rows is None else [(self.rows,)],
            "SELECT COUNT(*)": [(self.rows,)],
            "CLUSTER_INFO": [("tidb",), ("tikv",), *[("tiflash",)] * (self.nodes or 0)],
            "TIFLASH_INDEXES": [(row[0], row[1], row[3], row[4]) for row in self.builds],
            "SHOW CREATE": [("gallery_embedding", self.definition)],
            "EXPLAIN": [("TopN_9", "offset:0, count:100"), ("TableFullScan_18", self.plan)],
            "@@tidb_txn_mode": [self.variables],
        }.items():
            if part in sql:
                return rows  # type: ignore[return-value]
        if "TIFLASH_REPLICA" in sql:
            return self._replicated()
        if "DDL_JOBS" in sql:
            return self._jobs()
        raise AssertionError(f"nobody recorded an answer to {sql}")

    @property
    def definition(self) -> str:
        index = f",\n  VECTOR INDEX `{self.index}`(({self.index_function}(`vector`)))" if self.index else ""
        return (
            "CREATE TABLE `gallery_embedding` (\n  `image_id` bigint NOT NULL,\n"
            f"  `vector` vector(512) NOT NULL,\n  PRIMARY KEY (`image_id`){index}\n) ENGINE=InnoDB"
        )

    def _define(self, sql: str) -> None:
        if "SET TIFLASH REPLICA" in sql:
            number = int(sql.split()[-1])
            self.replica = (number, 0, 0.0) if number else None
        elif sql.startswith("CREATE VECTOR INDEX"):
            self.index = sql.split("`")[1]
        elif "DROP INDEX" in sql:
            self.index = None

    def _replicated(self) -> list[tuple[Any, ...]]:
        if self.replica and not self.replica[1]:
            told = self.copying.pop(0) if self.copying else None
            self.replica = (self.replica[0], told is None, 1.0 if told is None else told)
        return [self.replica] if self.replica else []

    def _jobs(self) -> list[tuple[Any, ...]]:
        """Somebody's job, which ends with the index."""
        self.jobs -= 1
        if self.jobs == 0:
            self.index = "made_by_somebody"
        return [(113,)] if self.jobs >= 0 else []


class Cursor:
    """As much of a cursor as is asked for."""

    def __init__(self, server: TiFlash) -> None:
        self.server = server
        self.found: list[tuple[Any, ...]] = []

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def execute(self, sql: str, parameters: Any = None) -> None:
        self.found = self.server.answer(sql % tuple(parameters) if parameters else sql, parameters)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.found

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.found[0] if self.found else None
