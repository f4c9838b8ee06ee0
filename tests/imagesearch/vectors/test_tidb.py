"""TiDB's statements, compiled by Django's MySQL compiler: the shape that keeps the vector index."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from django.db import connection

from imagesearch.vectors import tidb as module
from imagesearch.vectors.nearest import nearest
from tests.shop.models import Pin, Sketch

VECTOR = np.array([1, 0.5, 0.1], np.float32)
TEXT = "[1,0.5,0.100000001]"


def compiled(tidb: Any, model: Any, allowed: Any = None, n: int = 100) -> tuple[str, tuple[Any, ...]]:
    rows = module.statement(model._meta.get_field("vector"), VECTOR, n, allowed)
    return rows.query.get_compiler(connection=tidb).as_sql()


def test_step_one_keeps_the_index(tidb: Any) -> None:
    sql, parameters = compiled(tidb, Pin)
    assert sql == (
        "SELECT `shop_pin`.`id` AS `pk`, VEC_COSINE_DISTANCE(`shop_pin`.`vector`, %s) AS `vector_distance`"
        " FROM `shop_pin` ORDER BY 2 ASC LIMIT 100"
    )
    assert parameters == (TEXT,)
    assert not re.search("WHERE|HAVING|JOIN|GROUP|DISTINCT|DESC|FOR UPDATE", sql)
    assert sql.partition("ORDER BY")[2].count(",") == 0
    assert module.way(Pin._meta.get_field("vector"), None) == "index"


def test_allowed_keys_are_measured_exactly(tidb: Any) -> None:
    sql, parameters = compiled(tidb, Pin, allowed=[5, 7])
    assert sql.endswith("FROM `shop_pin` WHERE `shop_pin`.`id` IN (%s, %s) ORDER BY 2 ASC LIMIT 100")
    assert parameters == (TEXT, 5, 7)
    assert module.way(Pin._meta.get_field("vector"), [5, 7]) == "exact"


def test_a_nullable_column_is_measured_exactly_without_its_empty_rows(tidb: Any) -> None:
    sql, _ = compiled(tidb, Sketch)
    assert sql.endswith(" WHERE `shop_sketch`.`vector` IS NOT NULL ORDER BY 2 ASC LIMIT 100")
    assert module.way(Sketch._meta.get_field("vector"), None) == "exact"


@pytest.mark.parametrize(
    ("version", "expected"), [("8.0.11-TiDB-v8.5.4", True), ("8.4.3", False), ("11.4.2-MariaDB", False)]
)
def test_tidb_is_known_by_its_version(tidb: Any, version: str, expected: bool) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": version}
    assert module.is_tidb(tidb) is expected


def test_sqlite_is_no_tidb() -> None:
    assert not module.is_tidb(connection)


@pytest.mark.django_db
@pytest.mark.parametrize("allowed", [None, [1, 3, 5, 99], []])
@pytest.mark.parametrize("n", [0, 2, 50])
def test_the_statement_answers_as_nearest_does(n: int, allowed: list[int] | None) -> None:
    """Run on SQLite, which has the same functions."""
    random = np.random.default_rng(2)
    Pin.objects.bulk_create([Pin(pk=key, vector=v) for key, v in enumerate(random.standard_normal((9, 3)))])
    found = module.nearest(Pin._meta.get_field("vector"), VECTOR, n, allowed, "default")
    expected = nearest(Pin, "vector", VECTOR, n, allowed)
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert dict(found) == pytest.approx(dict(expected), abs=2e-7)
