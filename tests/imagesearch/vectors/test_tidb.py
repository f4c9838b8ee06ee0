"""TiDB's statements, compiled by Django's MySQL compiler: the shape that keeps the vector index."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError, connection

from imagesearch.database.release import is_tidb
from imagesearch.vectors import tidb as module
from imagesearch.vectors.nearest import nearest
from tests.points.models import Pin, Sketch
from tests.support.rounding import about

VECTOR = np.array([1, 0.5, 0.1], np.float32)
TEXT = "[1,0.5,0.100000001]"


def compiled(tidb: Any, model: Any, allowed: Any = None, n: int = 100) -> tuple[str, tuple[Any, ...]]:
    rows = module.statement(model._meta.get_field("vector"), VECTOR, n, allowed)
    return rows.query.get_compiler(connection=tidb).as_sql()


def test_step_one_keeps_the_index(tidb: Any) -> None:
    sql, parameters = compiled(tidb, Pin)
    assert sql == (
        "SELECT `points_pin`.`id` AS `pk`,"
        " VEC_COSINE_DISTANCE(`points_pin`.`vector`, %s) AS `vector_distance`"
        " FROM `points_pin` ORDER BY 2 ASC LIMIT 100"
    )
    assert parameters == (TEXT,)
    assert not re.search("WHERE|HAVING|JOIN|GROUP|DISTINCT|DESC|FOR UPDATE", sql)
    assert sql.partition("ORDER BY")[2].count(",") == 0


def test_allowed_keys_are_measured_exactly(tidb: Any) -> None:
    sql, parameters = compiled(tidb, Pin, allowed=[5, 7])
    assert sql.endswith(
        "FROM `points_pin` WHERE `points_pin`.`id` IN (%s, %s) ORDER BY 2 ASC, 1 ASC LIMIT 100"
    )
    assert parameters == (TEXT, 5, 7)


def test_a_nullable_column_is_measured_exactly_without_its_empty_rows(tidb: Any) -> None:
    sql, _ = compiled(tidb, Sketch)
    assert sql.endswith(" WHERE `points_sketch`.`vector` IS NOT NULL ORDER BY 2 ASC, 1 ASC LIMIT 100")


@pytest.mark.parametrize(
    ("version", "expected"), [("8.0.11-TiDB-v8.5.4", True), ("8.4.3", False), ("11.4.2-MariaDB", False)]
)
def test_tidb_is_known_by_its_version(tidb: Any, version: str, expected: bool) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": version}
    assert is_tidb(tidb) is expected


def test_the_database_is_known() -> None:
    assert is_tidb(connection) is (connection.vendor == "mysql")


def test_a_query_of_allowed_keys_stays_in_the_database(tidb: Any) -> None:
    sql, _ = compiled(tidb, Pin, allowed=Pin.objects.filter(board=3).values_list("pk"))
    assert "WHERE `points_pin`.`id` IN (SELECT U0.`id` AS `pk` FROM `points_pin` U0 WHERE" in sql


class Planned:
    """A query whose plan was recorded; nothing of it was ever run on TiFlash."""

    plans = {
        "index": "TopN_9 root vector_distance:asc, offset:0, count:100\n"
        "TableFullScan_18 mpp[tiflash] annIndex:COSINE(vector..[1,0.5,0.1], limit:100), keep order:false",
        "exact": "TopN_9 root vector_distance:asc, offset:0, count:100\n"
        "TableFullScan_18 cop[tikv] keep order:false",
    }

    def __init__(self, way: str) -> None:
        self.way, self.asked = way, 0

    def explain(self) -> str:
        self.asked += 1
        return self.plans[self.way]


@pytest.mark.parametrize("way", ["index", "exact"])
def test_the_planner_is_asked_once_a_minute_which_way_it_takes(
    tidb: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": "8.0.11-TiDB-v8.5.4"}
    plans, rows, clock = module.PlanCache(), Planned(way), [100.0]
    monkeypatch.setattr("imagesearch.vectors.tidb.time.monotonic", lambda: clock[0])
    field = Pin._meta.get_field("vector")
    for clock[0], asked in ((100.0, 1), (159.0, 1), (161.0, 2)):
        assert plans.way(tidb, field, rows, 100, None) == way  # type: ignore[arg-type]
        assert rows.asked == asked
    rows.way = "exact"  # the index is dropped
    clock[0] = 222.0
    assert plans.way(tidb, field, rows, 100, None) == "exact"  # type: ignore[arg-type]
    assert plans.way(tidb, field, Planned("index"), 100, [1, 2]) == "exact"  # type: ignore[arg-type]


@pytest.mark.tidb
@pytest.mark.django_db
@pytest.mark.parametrize("code", [9012, 9013])
def test_a_search_that_loses_tiflash_goes_on_without_it(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The error is made here, as the server at hand has no TiFlash; all else is its own."""
    Pin.objects.bulk_create([Pin(pk=key, vector=[key, 1, 0]) for key in (1, 2, 3)])
    monkeypatch.setattr(module, "_tiflash", module.TiFlashOutages())
    measured, engines = module._measured, []

    def losing(rows: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@tidb_isolation_read_engines")
            engines.append(cursor.fetchone()[0])
        if "tiflash" in engines[-1]:
            raise OperationalError(code, "TiFlash server timeout")
        return measured(rows)

    monkeypatch.setattr(module, "_measured", losing)
    for _ in range(2):
        found = nearest(Pin, "vector", [3, 1, 0], 2)
        assert [key for key, _ in found] == [3, 2]
        assert found.plan.way == "exact"
    assert engines == ["tikv,tiflash,tidb", "tikv,tidb", "tikv,tidb"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@tidb_isolation_read_engines, @@tidb_allow_fallback_to_tikv")
        assert cursor.fetchone() == ("tikv,tiflash,tidb", "tiflash")


@pytest.mark.tidb
@pytest.mark.django_db
def test_other_errors_are_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(rows: Any) -> Any:
        raise OperationalError(1105, "no such function")

    monkeypatch.setattr(module, "_measured", refusing)
    with pytest.raises(OperationalError):
        nearest(Pin, "vector", [3, 1, 0], 2)


@pytest.mark.django_db
@pytest.mark.parametrize("allowed", [None, [1, 3, 5, 99], []])
@pytest.mark.parametrize("n", [0, 2, 50])
def test_the_statement_answers_as_nearest_does(n: int, allowed: list[int] | None) -> None:
    """On SQLite, which has the same functions, beside the matrix."""
    random = np.random.default_rng(2)
    rows = [Pin(pk=key, vector=vector) for key, vector in enumerate(random.standard_normal((9, 3)), 1)]
    Pin.objects.bulk_create(rows)
    found = module.nearest(Pin._meta.get_field("vector"), VECTOR, n, allowed, "default").pairs
    expected = nearest(Pin, "vector", VECTOR, n, allowed)
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert dict(found) == about(dict(expected))
