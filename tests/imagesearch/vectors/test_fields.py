"""The vector column: what goes in, what comes out, and that Django can do all it does with fields."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.db.models import F
from django.test.utils import isolate_apps

from imagesearch.errors import VectorError
from imagesearch.vectors.fields import VectorField
from tests.points.models import Pin, Sketch

pytestmark = pytest.mark.django_db

NAN, INF = float("nan"), float("inf")
BAD = [
    [1, 2],
    [1, 2, 3, 4],
    [1, float("nan"), 3],
    [1, float("inf"), 3],
    [1e39, 2, 3],
    [1e20, 2, 3],
    [0, 0, 0],
    "[1,2,3]",
    None,
]

WRITES: dict[str, Callable[[Any], Any]] = {
    "create": lambda value: Pin.objects.create(vector=value),
    "bulk_create": lambda value: Pin.objects.bulk_create([Pin(vector=[1, 2, 3]), Pin(vector=value)]),
    "bulk_update": lambda value: Pin.objects.bulk_update([Pin(pk=1, vector=value)], ["vector"]),
    "update": lambda value: Pin.objects.update(vector=value),
}


@pytest.mark.parametrize("value", BAD, ids=repr)
@pytest.mark.parametrize("way", WRITES)
def test_nothing_but_vectors_is_sent_to_the_database(way: str, value: Any) -> None:
    with pytest.raises(VectorError), transaction.atomic():
        WRITES[way](value)
    assert not Pin.objects.exists()


@pytest.mark.parametrize("value", BAD[:-1], ids=repr)
def test_filters_take_only_vectors(value: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), pytest.raises(VectorError):
        list(Pin.objects.filter(vector=value))


def test_a_row_without_its_vector_is_refused() -> None:
    with pytest.raises(
        VectorError, match=r"points\.Pin\.vector needs a vector of 3 numbers; it received None"
    ):
        Pin().save()


@pytest.mark.parametrize(
    "value", [[1, 2, 3.5], (1, 2, 3.5), np.array([1, 2, 3.5])], ids=["list", "tuple", "array"]
)
def test_rows_give_read_only_float32(value: Any) -> None:
    Pin.objects.create(vector=value)
    vector = Pin.objects.get().vector
    assert vector.dtype == np.float32
    assert vector.tolist() == [1, 2, 3.5]
    assert not vector.flags.writeable


def test_a_nullable_vector_may_be_missing_and_come_later() -> None:
    sketch = Sketch.objects.create()
    assert Sketch.objects.get(vector=None).vector is None
    Sketch.objects.filter(pk=sketch.pk).update(vector=np.array([1, 2, 3]))
    sketch.refresh_from_db()
    assert sketch.vector.tolist() == [1, 2, 3]
    Sketch.objects.update(vector=None)
    assert Sketch.objects.filter(vector__isnull=True).exists()


def test_rows_are_found_by_their_vector() -> None:
    a = Pin.objects.create(vector=[1, 2, 3])
    b = Pin.objects.create(vector=[4, 5, 6])
    assert Pin.objects.get(vector=a.vector) == a
    assert list(Pin.objects.filter(vector__in=[np.array(a.vector), (4, 5, 6)]).order_by("pk")) == [a, b]
    assert Pin.objects.exclude(vector=[1, 2, 3]).get() == b


def test_bulk_update_writes_arrays() -> None:
    Pin.objects.bulk_create([Pin(pk=key, vector=[1, 0, 0]) for key in (1, 2, 3)])
    pins = [Pin(pk=key, vector=np.array([0, 1 / 3, key], np.float32)) for key in (1, 2)]
    Pin.objects.bulk_update(pins, ["vector"])
    third = float(np.float32(1 / 3))
    rows = Pin.objects.order_by("pk").values_list("vector", flat=True)
    assert [vector.tolist() for vector in rows] == [[0, third, 1], [0, third, 2], [1, 0, 0]]


def test_bulk_update_fills_and_empties_what_may_be_missing() -> None:
    Sketch.objects.bulk_create([Sketch(pk=1), Sketch(pk=2, vector=[1, 0, 0])])
    Sketch.objects.bulk_update([Sketch(pk=1, vector=[0, 1, 0]), Sketch(pk=2)], ["vector"])
    assert Sketch.objects.get(pk=1).vector.tolist() == [0, 1, 0]
    assert Sketch.objects.get(pk=2).vector is None


def test_update_copies_from_another_column() -> None:
    Pin.objects.create(vector=[1, 2, 3])
    Pin.objects.update(vector=F("vector"))
    assert Pin.objects.get().vector.tolist() == [1, 2, 3]


def test_values_and_defer_work() -> None:
    Pin.objects.create(vector=[1, 2, 3])
    assert Pin.objects.values_list("vector", flat=True).get().tolist() == [1, 2, 3]
    assert Pin.objects.defer("vector").get().vector.tolist() == [1, 2, 3]


# Arrays cannot be compared or hashed as a whole; whatever Django does with a row must not try.


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))], ids=["deepcopy", "pickle"]
)
def test_rows_can_be_copied_and_pickled(copied: Callable[[Pin], Pin]) -> None:
    Pin.objects.create(vector=[1, 2, 3])
    pin = Pin.objects.get()
    assert copied(pin) == pin
    assert copied(pin).vector.tolist() == [1, 2, 3]


def test_full_clean_takes_arrays_and_turns_lists_into_them() -> None:
    pin = Pin(vector=[1, 2, 3], board_id=None)
    pin.full_clean(exclude=["board"])
    assert pin.vector.dtype == np.float32
    pin.full_clean(exclude=["board"])
    Sketch(note="still without").full_clean()


@pytest.mark.parametrize("value", [None, [1, 2], [0, 0, 0], "[1,2", "{}"])
def test_full_clean_says_what_is_wrong(value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Pin(vector=value).full_clean(exclude=["board"])
    assert list(caught.value.message_dict) == ["vector"]


@pytest.mark.parametrize("form", ["json", "xml", "jsonl", "python"])
def test_fixtures_bring_every_number_back(form: str) -> None:
    third = Pin.objects.create(vector=[1 / 3, -2e-30, 3e14])
    empty = Sketch.objects.create()
    third.refresh_from_db()
    fixture = serializers.serialize(form, [third, empty])
    Pin.objects.all().delete()
    for row in serializers.deserialize(form, fixture):
        row.save()
    assert Pin.objects.get().vector.tobytes() == third.vector.tobytes()
    assert Sketch.objects.get().vector is None


def test_a_bad_vector_in_a_fixture_is_named() -> None:
    fixture = '[{"model": "points.pin", "pk": 1, "fields": {"vector": "[1, 2]"}}]'
    with pytest.raises(serializers.base.DeserializationError, match="has 2 numbers"):
        list(serializers.deserialize("json", fixture))


# The column's definition


@pytest.mark.parametrize("dimensions", [0, -1, 16384])
def test_a_width_that_no_database_has_is_refused(dimensions: int) -> None:
    with pytest.raises(VectorError, match="1 to 16383"):
        VectorField(dimensions=dimensions)


def test_migrations_keep_dimensions_and_source() -> None:
    field = VectorField(dimensions=512, source_field="image__file", null=True)
    written, _ = MigrationWriter.serialize(field)
    assert (
        written
        == "imagesearch.vectors.fields.VectorField(dimensions=512, null=True, source_field='image__file')"
    )
    assert field.clone().deconstruct() == field.deconstruct()  # type: ignore[attr-defined]
    assert not field.clone().editable  # type: ignore[attr-defined]


def test_the_column_is_a_vector_on_tidb(tidb: Any) -> None:
    assert VectorField(dimensions=512).db_type(tidb) == "vector(512)"


@pytest.mark.sqlite
def test_the_column_is_bytes_on_sqlite() -> None:
    assert VectorField(dimensions=512).db_type(connection) == "BLOB"


@pytest.mark.tidb
def test_tidb_keeps_the_width_too() -> None:
    """Beyond our own check: whoever writes, the column takes no other length."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW COLUMNS FROM points_pin LIKE 'vector'")
        _, kind, null, *_ = cursor.fetchone()
        assert (kind, null) == ("vector(3)", "NO")
        with pytest.raises(OperationalError), transaction.atomic():
            cursor.execute("INSERT INTO points_pin (vector) VALUES ('[1,2]')")


def test_tidb_gets_and_gives_text(tidb: Any) -> None:
    field = VectorField(dimensions=3)
    assert field.get_db_prep_save([1, 2.5, 0.1], tidb) == "[1,2.5,0.100000001]"
    for text in ("[1,2.5,0.1]", b"[1,2.5,0.1]"):
        vector = field.from_db_value(text, None, tidb)
        assert vector is not None
        assert vector.tolist() == np.array([1, 2.5, 0.1], np.float32).tolist()


def test_tidb_inserts_and_updates_text(tidb: Any) -> None:
    insert = models.sql.InsertQuery(Pin)
    insert.insert_values([Pin._meta.get_field("vector")], [Pin(vector=(1, 2, 3))])
    assert insert.get_compiler(connection=tidb).as_sql() == [
        ("INSERT INTO `points_pin` (`vector`) VALUES (%s)", ("[1,2,3]",))
    ]
    update = Pin.objects.filter(pk=7).query.chain(models.sql.UpdateQuery)
    update.add_update_values({"vector": np.array([1, 2, 3])})  # type: ignore[attr-defined]
    assert update.get_compiler(connection=tidb).as_sql() == (
        "UPDATE `points_pin` SET `vector` = %s WHERE `points_pin`.`id` = %s",
        ("[1,2,3]", 7),
    )


@isolate_apps("tests.points")
@pytest.mark.parametrize(
    ("source", "found"),
    [
        (None, []),
        ("photo", []),
        ("name", []),
        ("foto", ["imagesearch.E001"]),
        ("photo__name", ["imagesearch.E004"]),
        ("maker__logo", ["imagesearch.E004"]),
        ("maker", ["imagesearch.E005"]),
        ("price", ["imagesearch.E005"]),
    ],
)
def test_a_source_field_that_is_none_is_reported(source: str | None, found: list[str]) -> None:
    class Maker(models.Model):
        logo = models.ImageField()

        class Meta:
            app_label = "points"

    class Product(models.Model):
        photo = models.ImageField()
        name = models.CharField(max_length=100)
        price = models.IntegerField()
        maker = models.ForeignKey(Maker, models.CASCADE)
        vector = VectorField(dimensions=3, source_field=source, null=True)

        class Meta:
            app_label = "points"

    assert [error.id for error in Product._meta.get_field("vector").check()] == found


@isolate_apps("tests.points")
def test_a_vector_that_is_filled_after_the_save_should_be_nullable() -> None:
    class Product(models.Model):
        photo = models.ImageField()
        vector = VectorField(3, source_field="photo")

        class Meta:
            app_label = "points"

    assert [message.id for message in Product._meta.get_field("vector").check()] == ["imagesearch.W003"]


def test_the_app_must_be_installed(settings: Any) -> None:
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "imagesearch"]
    assert [message.id for message in Pin._meta.get_field("vector").check()] == ["imagesearch.E003"]


def test_the_number_of_dimensions_may_be_positional_and_is_kept_by_migrations() -> None:
    field = VectorField(512, source_field="photo", null=True)
    _, path, arguments, named = field.deconstruct()
    assert (path, arguments) == ("imagesearch.vectors.fields.VectorField", [])
    assert named == {"dimensions": 512, "source_field": "photo", "null": True}
    assert VectorField(*arguments, **named).dimensions == field.clone().dimensions == 512  # type: ignore[attr-defined]
    assert "VectorField(dimensions=512" in MigrationWriter.serialize(field)[0]


@pytest.mark.parametrize("dimensions", [0, -1, 16_384, "512", None, 512.0])
def test_dimensions_that_no_column_has_are_refused(dimensions: Any) -> None:
    with pytest.raises(VectorError):
        VectorField(dimensions)


@isolate_apps("tests.points")
def test_a_source_may_lie_over_a_relation() -> None:
    class Photo(models.Model):
        file = models.ImageField()

        class Meta:
            app_label = "points"

    class Embedding(models.Model):
        photo = models.OneToOneField(Photo, models.CASCADE, primary_key=True)
        vector = VectorField(dimensions=3, source_field="photo__file")

        class Meta:
            app_label = "points"

    assert Embedding._meta.get_field("vector").check() == []


@isolate_apps("tests.points")
def test_a_key_that_is_no_integer_is_reported() -> None:
    class Page(models.Model):
        address = models.URLField(primary_key=True)
        vector = VectorField(dimensions=3)

        class Meta:
            app_label = "points"

    assert [error.id for error in Page._meta.get_field("vector").check()] == ["imagesearch.E002"]
