"""nearest() and distances(): the answer, and what each database is asked for it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import NotSupportedError

from imagesearch.errors import VectorError
from imagesearch.vectors import nearest as module
from imagesearch.vectors.changes import prune_changes
from imagesearch.vectors.codec import to_blob
from imagesearch.vectors.functions import CosineDistance
from imagesearch.vectors.nearest import distances, nearest
from tests.imagesearch.vectors.pins import X, Y, Z, near_x, pin
from tests.points.models import Pin, Sketch
from tests.support.rounding import about

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_come_by_distance_then_by_key() -> None:
    across, same, close, same_again = pin(Y, X, [3, 4, 0], [2, 0, 0])
    assert near_x() == [(same, 0.0), (same_again, 0.0), (close, 0.4), (across, 1.0)]
    assert near_x(2) == [(same, 0.0), (same_again, 0.0)]


def test_the_key_decides_who_of_equals_is_among_the_first() -> None:
    """So that page follows on page. (Where TiDB's index answers, which of equals come is TiDB's choice.)"""
    keys = pin(*[Y] * 20, *[X] * 20, *[Y] * 20)
    for n in (1, 7, 25):
        expected = [*keys[20:40], *keys[:20], *keys[40:]][:n]
        assert [key for key, _ in near_x(n, allowed=keys[::-1])] == expected


def test_distances_are_those_of_the_expression() -> None:
    random = np.random.default_rng(5)
    Pin.objects.bulk_create([Pin(vector=vector) for vector in random.standard_normal((50, 3))])
    expected = dict(Pin.objects.values_list("pk", CosineDistance("vector", X)))
    assert dict(near_x(50)) == about(expected)
    some = list(expected)[::7]
    assert distances(Pin, "vector", X, [*some, 10**9]) == {key: dict(near_x(50))[key] for key in some}


@pytest.mark.parametrize("n", [0, -3])
def test_no_rows_asked_for_none_given(n: int) -> None:
    pin(X)
    assert near_x(n) == []


def test_an_empty_table_has_no_neighbours() -> None:
    assert near_x() == []
    assert distances(Pin, "vector", X, [1, 2]) == {}
    assert near_x(allowed=[1]) == []


@pytest.mark.parametrize("kind", [list, set, tuple, np.array, dict.fromkeys])
def test_only_allowed_rows_are_looked_at_and_all_of_them_are_found(kind: Any) -> None:
    keys = pin(X, [9, 1, 0], [8, 2, 0], Y, Z)
    assert [key for key, _ in near_x(2, allowed=kind([keys[3], keys[4], 10**9]))] == [keys[3], keys[4]]


def test_a_query_may_say_what_is_allowed() -> None:
    keys = pin(X, Y, Z)
    assert near_x(allowed=Pin.objects.exclude(pk=keys[0]).values_list("pk", flat=True)) == [
        (keys[1], 1.0),
        (keys[2], 1.0),
    ]
    assert near_x(allowed=Pin.objects.none().values_list("pk", flat=True)) == []


def test_nothing_allowed_nothing_found() -> None:
    pin(X)
    assert near_x(allowed=[]) == []


def test_the_plan_says_how_it_was_found() -> None:
    keys = pin(X, Y, Z)
    plan = near_x().plan
    assert (plan.way, plan.candidates) == ("exact", 3)
    assert 0 < plan.milliseconds < 5_000
    assert near_x(allowed=keys[:2]).plan.as_dict().keys() == {"way", "engine", "candidates", "milliseconds"}
    assert near_x(allowed=keys[:2]).plan.candidates == 2


@pytest.mark.sqlite
def test_the_matrix_measures_every_row() -> None:
    pin(X, Y, Z)
    plan = near_x(1).plan
    assert (plan.engine, plan.candidates, plan.rescans) == ("sqlite", 3, False)


@pytest.mark.tidb
def test_tidb_sends_no_more_rows_than_were_asked_for() -> None:
    pin(X, Y, Z)
    plan = near_x(1).plan
    assert (plan.engine, plan.candidates, plan.rescans) == ("tidb", 1, True)


@pytest.mark.parametrize("vector", [[1, 2], [0, 0, 0], [1, 2, float("nan")], "[1,2,3]"])
def test_what_no_column_could_hold_is_no_query(vector: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(VectorError):
        nearest(Pin, "vector", vector, 1)
    with django_assert_num_queries(0), pytest.raises(VectorError):
        distances(Pin, "vector", vector, [1])


def test_the_column_must_be_a_vector() -> None:
    with pytest.raises(FieldError, match=r"points\.Sketch\.note is none"):
        nearest(Sketch, "note", X, 1)
    with pytest.raises(FieldDoesNotExist):
        nearest(Sketch, "picture", X, 1)


def test_another_database_than_sqlite_and_tidb_is_refused(tidb: Any, monkeypatch: Any) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": "9.1.0"}
    monkeypatch.setattr(module, "connections", {"default": tidb})
    with pytest.raises(NotSupportedError, match="SQLite and TiDB; database 'tidb' is mysql"):
        near_x()


# What has changed is known to the next search.


@pytest.mark.sqlite
def test_an_unchanged_table_is_asked_for_its_last_change_alone(
    django_assert_num_queries: Any,
) -> None:
    pin(X)
    near_x()
    with django_assert_num_queries(1) as queries:
        near_x()
    assert queries[0]["sql"] == "SELECT MAX(seq) FROM vector_change"


@pytest.mark.sqlite
def test_only_changed_rows_are_read_again(django_assert_num_queries: Any) -> None:
    pin(X, Y)
    near_x()
    (new,) = pin([3, 4, 0])
    with django_assert_num_queries(5) as queries:
        near_x()
    assert queries[-1]["sql"].endswith(f"""IN (SELECT value FROM json_each('[{new}]'))""")


def test_a_replaced_a_moved_and_a_deleted_row() -> None:
    a, b, c = pin(X, Y, Z)
    near_x()
    Pin.objects.filter(pk=a).update(vector=Y)
    Pin.objects.filter(pk=b).update(id=b + 100)
    Pin.objects.filter(pk=c).delete()
    assert near_x() == [(a, 1.0), (b + 100, 1.0)]
    assert near_x(allowed=[a, b, c]) == [(a, 1.0)]


def test_a_missing_vector_has_no_neighbours_until_it_comes() -> None:
    sketch = Sketch.objects.create()
    assert nearest(Sketch, "vector", X, 5) == []
    Sketch.objects.update(vector=X)
    assert nearest(Sketch, "vector", X, 5) == [(sketch.pk, 0.0)]
    Sketch.objects.update(vector=None)
    assert nearest(Sketch, "vector", X, 5) == []


@pytest.mark.sqlite
def test_what_is_no_vector_in_the_file_has_no_neighbours() -> None:
    (key,) = pin(X)
    with connection.cursor() as cursor:
        for damaged in ("x'0000803f'", "zeroblob(12)", "'twelve chars'", "x'0000c07f0000c07f0000c07f'"):
            cursor.execute(f"INSERT INTO points_pin (vector) VALUES ({damaged})")
    assert near_x() == [(key, 0.0)]


def test_zeros_of_a_program_that_knows_nothing_of_us_have_no_neighbours_either() -> None:
    """On TiDB they have no distance, and what has none sorts first: they must not take the others' places."""
    before, across = pin(X, Y)
    zeros = "zeroblob(12)" if connection.vendor == "sqlite" else "'[0,0,0]'"
    with connection.cursor() as cursor:
        for _ in range(5):
            cursor.execute(f"INSERT INTO points_pin (vector) VALUES ({zeros})")
    (after,) = pin([3, 4, 0])
    assert near_x(2) == [(before, 0.0), (after, 0.4)]
    assert near_x() == [(before, 0.0), (after, 0.4), (across, 1.0)]
    assert near_x(2, allowed=range(before, after + 1)) == [(before, 0.0), (after, 0.4)]
    assert near_x(allowed=range(across + 1, after)) == []
    assert distances(Pin, "vector", X, range(across, after + 1)) == {across: 1.0, after: 0.4}


@pytest.mark.sqlite
def test_who_is_behind_the_pruned_list_reads_everything_again() -> None:
    (key,) = pin(Y)
    near_x()
    Pin.objects.filter(pk=key).update(vector=X)
    more = pin(Z, Z, Z)
    prune_changes("default", keep=1)
    assert near_x() == [(key, 0.0), *((other, 1.0) for other in more)]


@pytest.mark.sqlite
def test_an_emptied_list_misses_nothing() -> None:
    (key,) = pin(Y)
    near_x()
    Pin.objects.filter(pk=key).update(vector=X)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vector_change")
    assert near_x() == [(key, 0.0)]
    Pin.objects.filter(pk=key).update(vector=Z)
    assert near_x() == [(key, 1.0)]


@pytest.mark.sqlite
def test_changes_while_a_table_had_no_triggers_are_read_again() -> None:
    (key,) = pin(Y)
    near_x()
    with connection.schema_editor() as editor:
        editor._remake_table(Pin)  # type: ignore[attr-defined]  # as AlterField does
    with connection.cursor() as cursor:
        cursor.execute("UPDATE points_pin SET vector = %s", [to_blob(np.array(X, np.float32))])
    call_command("migrate", verbosity=0)
    assert near_x() == [(key, 0.0)]


@pytest.mark.sqlite
def test_a_table_without_triggers_gets_them_when_it_is_first_read(scratch: Path) -> None:
    row = Pin.objects.using("scratch").create(vector=Y)
    assert near_x(using="scratch") == [(row.pk, 1.0)]
    Pin.objects.using("scratch").update(vector=X)
    assert near_x(using="scratch") == [(row.pk, 0.0)]
    assert near_x() == []


@pytest.mark.sqlite
def test_a_database_file_that_was_replaced_is_read_again(scratch: Path, tmp_path: Path) -> None:
    """Even when its last number is the same: a backup that went its own way."""
    key = Pin.objects.using("scratch").create(vector=Y).pk
    near_x(using="scratch")
    connections["scratch"].close()
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(scratch, backup)
    with sqlite3.connect(backup) as database:
        database.execute("UPDATE points_pin SET vector = ?", [to_blob(np.array(X, np.float32))])
    database.close()
    Pin.objects.using("scratch").update(vector=Z)
    assert near_x(using="scratch") == [(key, 1.0)]
    connections["scratch"].close()
    backup.replace(scratch)
    assert near_x(using="scratch") == [(key, 0.0)]
