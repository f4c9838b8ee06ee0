"""Distances as expressions: the same words on SQLite and on TiDB."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError, connection
from django.db.models import Count, Exists, F, OuterRef, Value

from imagesearch.errors import VectorError
from imagesearch.vectors.codec import MAX_LENGTH, MIN_LENGTH, to_blob, to_text
from imagesearch.vectors.functions import (
    CosineDistance,
    Distance,
    L1Distance,
    L2Distance,
    NegativeInnerProduct,
)
from imagesearch.vectors.sqlite import prepare_open_connections
from tests.points.models import Board, Pin, Sketch
from tests.support.rounding import about

pytestmark = pytest.mark.django_db


def stored(vector: list[float]) -> bytes | str:
    """As the database at hand keeps it, for raw SQL; here also what no column takes."""
    numbers = np.array(vector, np.float32)
    return to_text(numbers) if connection.vendor == "mysql" else to_blob(numbers)


# From (3, 4, 0) to (4, 3, 0): cosine 24/25, difference (1, -1, 0).
KNOWN = [
    (CosineDistance, "VEC_COSINE_DISTANCE", 0.04),
    (L2Distance, "VEC_L2_DISTANCE", math.sqrt(2)),
    (L1Distance, "VEC_L1_DISTANCE", 2),
    (NegativeInnerProduct, "VEC_NEGATIVE_INNER_PRODUCT", -24),
]


@pytest.mark.parametrize(
    "argument", [[4, 3, 0], (4, 3, 0), np.array([4, 3, 0])], ids=["list", "tuple", "array"]
)
@pytest.mark.parametrize(("distance", "name", "expected"), KNOWN)
def test_distances_are_those_of_the_schoolbook(
    distance: type[Distance], name: str, expected: float, argument: Any
) -> None:
    Pin.objects.create(vector=[3, 4, 0])
    assert Pin.objects.values_list(distance("vector", argument), flat=True).get() == about(expected)


@pytest.mark.parametrize(("distance", "name", "expected"), KNOWN)
def test_tidb_is_asked_by_its_own_functions(
    distance: type[Distance], name: str, expected: float, tidb: Any
) -> None:
    rows = Pin.objects.order_by(distance("vector", np.array([4, 0.1, 0], np.float32))).values_list("pk")[:3]
    sql, parameters = rows.query.get_compiler(connection=tidb).as_sql()
    assert sql.endswith(f"FROM `points_pin` ORDER BY {name}(`points_pin`.`vector`, %s) ASC LIMIT 3")
    assert parameters == ("[4,0.100000001,0]",)


def test_they_annotate_filter_order_and_aggregate() -> None:
    board = Board.objects.create()
    far, near = Pin.objects.bulk_create(
        [Pin(pk=1, board=board, vector=[0, 1, 0]), Pin(pk=2, board=board, vector=[1, 0.1, 0])]
    )
    distance = CosineDistance("vector", np.array([1, 0, 0]))
    assert list(Pin.objects.order_by(distance)) == [near, far]
    assert list(Pin.objects.annotate(d=distance).filter(d__lt=0.5)) == [near]
    assert list(Pin.objects.alias(d=distance).order_by("-d")) == [far, near]
    assert Board.objects.annotate(d=CosineDistance("pin__vector", [1, 0, 0])).order_by("d").first() == board
    assert Pin.objects.annotate(d=distance).values("d").annotate(rows=Count("pk")).count() == 2


def test_two_columns_can_be_compared() -> None:
    vectors = {1: [3, 4, 0], 2: [4, 3, 0], 3: [0, 0, 1]}
    one, two, lonely = Pin.objects.bulk_create([Pin(pk=key, vector=v) for key, v in vectors.items()])
    assert Pin.objects.annotate(d=L2Distance("vector", F("vector"))).get(pk=one.pk).d == 0
    others = Pin.objects.exclude(pk=OuterRef("pk")).annotate(d=CosineDistance("vector", OuterRef("vector")))
    assert set(Pin.objects.filter(Exists(others.filter(d__lt=0.1)))) == {one, two}
    assert Pin.objects.exclude(Exists(others.filter(d__lt=0.1))).get() == lonely


def test_nothing_and_zeros_have_no_cosine() -> None:
    Sketch.objects.create(vector=None)
    assert Sketch.objects.values_list(CosineDistance("vector", [1, 0, 0]), flat=True).get() is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT VEC_COSINE_DISTANCE(%s, %s)", [stored([0, 0, 0]), stored([1, 1, 1])])
        assert cursor.fetchone() == (None,)


@pytest.mark.parametrize("other", [MIN_LENGTH, 1.0, MAX_LENGTH])
def test_the_longest_and_the_shortest_vectors_keep_their_distances(other: float) -> None:
    """TiDB adds up in float32, where longer ones would be infinite: equal directions were at distance 1."""
    direction = np.array([0.6, 0.8, 0])
    Pin.objects.bulk_create(
        [Pin(pk=1, vector=direction * MAX_LENGTH * 0.999), Pin(pk=2, vector=direction * MIN_LENGTH * 1.001)]
    )
    query = direction * min(max(other, MIN_LENGTH * 1.001), MAX_LENGTH * 0.999)
    cosines = Pin.objects.values_list(CosineDistance("vector", query), flat=True)
    assert list(cosines) == about([0, 0])
    far = [MAX_LENGTH / 2, 0, 0]
    lengths = dict(Pin.objects.values_list("pk", L2Distance("vector", far)))
    assert lengths[2] == about(MAX_LENGTH / 2)


def test_every_database_measures_what_it_is_given() -> None:
    """The same numbers, to float32, as the schoolbook's."""
    random = np.random.default_rng(11)
    rows = dict(enumerate(random.standard_normal((40, 3)), 1))
    Pin.objects.bulk_create([Pin(pk=key, vector=vector) for key, vector in rows.items()])
    query = random.standard_normal(3)
    expected = {
        CosineDistance: lambda v: 1 - v @ query / math.sqrt((v @ v) * (query @ query)),
        L2Distance: lambda v: math.dist(v, query),
        L1Distance: lambda v: np.abs(v - query).sum(),
        NegativeInnerProduct: lambda v: -(v @ query),
    }
    for distance, measure in expected.items():
        measured = dict(Pin.objects.values_list("pk", distance("vector", query)))
        assert measured == about({key: measure(v) for key, v in rows.items()})


@pytest.mark.parametrize("argument", [[1, 2], [0, 0, 0], [1, math.nan, 3], "[1,2,3]", None, 3])
def test_a_bad_argument_is_refused_before_any_sql(argument: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(VectorError):
        list(Pin.objects.order_by(CosineDistance("vector", argument)))


def test_what_is_no_vector_column_is_refused() -> None:
    with pytest.raises(VectorError, match=r"points\.Sketch\.note is none"):
        list(Sketch.objects.order_by(CosineDistance("note", [1, 2, 3])))


def test_lengths_that_differ_in_raw_sql_are_an_error_as_on_tidb() -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT VEC_L2_DISTANCE(%s, %s)", [stored([1, 2, 3]), stored([1, 2])])


def test_expressions_with_arrays_can_be_hashed_and_compared() -> None:
    one, same, other = (
        CosineDistance("vector", np.array(v)) for v in ([1, 2, 3], [1.0, 2.0, 3.0], [1, 2, 4])
    )
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != L2Distance("vector", [1, 2, 3])
    assert one == CosineDistance("vector", [1, 2, 3])
    assert one != Value(1)


@pytest.mark.sqlite
def test_a_connection_that_was_open_before_gets_the_functions_too() -> None:
    connection.connection.create_function("VEC_L1_DISTANCE", 2, None)
    prepare_open_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT VEC_L1_DISTANCE(%s, %s)", [np.ones(3, "<f4").tobytes(), bytes(12)])
        assert cursor.fetchone() == (3.0,)
