"""SQLite's change list: what is written into a table of vectors is noted, whoever writes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from shop.models import Product

from imagesearch.vectors.changes import VectorColumn, install, prune_changes
from tests.points.models import Board, Pin, Sketch

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def noted() -> list[tuple[str, int]]:
    """(table.column, key) of each change since last asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, pk FROM vector_change WHERE source <> '' ORDER BY seq")
        changes = cursor.fetchall()
        cursor.execute("DELETE FROM vector_change")
    return changes


def triggers(alias: str = "default") -> set[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def nothing_noted(db: None) -> None:
    noted()


def test_every_vector_column_has_its_triggers_after_migrating() -> None:
    for model in (Pin, Sketch, Product):
        for event in ("INSERT", "UPDATE", "DELETE"):
            assert f"vector_change {model._meta.db_table}.vector {event}" in triggers()


def test_rows_that_come_change_and_go_are_noted() -> None:
    key = Pin.objects.create(vector=[1, 2, 3]).pk
    Pin.objects.update(vector=[1, 2, 4])
    Pin.objects.all().delete()
    assert noted() == [("points_pin.vector", key)] * 3


def test_bulk_writes_and_cascades_are_noted_row_by_row() -> None:
    board = Board.objects.create()
    pins = Pin.objects.bulk_create([Pin(board=board, vector=[1, 2, 3]) for _ in range(3)])
    keys = [("points_pin.vector", pin.pk) for pin in pins]
    assert noted() == keys
    board.delete()
    assert sorted(noted()) == keys


def test_a_save_that_leaves_the_vector_as_it_was_is_no_change() -> None:
    pin = Pin.objects.create(vector=[1, 2, 3])
    noted()
    pin.board = Board.objects.create()
    pin.save()
    assert noted() == []


def test_a_vector_that_comes_and_goes_on_a_row_is_noted_and_rows_without_are_not() -> None:
    sketch = Sketch.objects.create(note="later")
    assert noted() == []
    Sketch.objects.update(vector=[1, 2, 3])
    Sketch.objects.update(vector=None)
    assert noted() == [("points_sketch.vector", sketch.pk)] * 2
    sketch.delete()
    assert noted() == []


def test_a_changed_primary_key_is_noted_as_the_old_and_the_new() -> None:
    pin = Pin.objects.create(vector=[1, 2, 3])
    noted()
    Pin.objects.update(id=pin.pk + 7)
    assert sorted(noted()) == [("points_pin.vector", pin.pk), ("points_pin.vector", pin.pk + 7)]


def test_a_row_still_learns_its_own_key() -> None:
    """Triggers insert too; the key that the driver reports must be the row's."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO points_pin (vector) VALUES (x'00')")
        own = cursor.lastrowid
    assert Pin.objects.filter(pk=own).values("pk").get() == {"pk": own}


def test_migrating_restores_what_a_remade_table_lost() -> None:
    before = triggers()
    with connection.cursor() as cursor:
        cursor.execute('DROP TRIGGER "vector_change points_pin.vector UPDATE"')
    call_command("migrate", verbosity=0)
    assert triggers() == before
    assert noted() == [("points_pin.vector", None)]  # "anything may have changed meanwhile"
    call_command("migrate", verbosity=0)
    assert noted() == []


def test_names_that_need_quoting_are_quoted() -> None:
    source = VectorColumn(table='it\'s "a" table', key="the key", column="vec'tor", dimensions=3)
    with connection.cursor() as cursor:
        cursor.execute("""CREATE TABLE "it's ""a"" table" ("the key" INTEGER PRIMARY KEY, "vec'tor" BLOB)""")
        install(cursor, source)
        noted()
        cursor.execute("""INSERT INTO "it's ""a"" table" VALUES (5, x'00')""")
    assert noted() == [(source.name, 5)]


def test_two_databases_never_share_numbers(scratch: Any) -> None:
    def first(alias: str) -> int:
        with connections[alias].cursor() as cursor:
            install(cursor, VectorColumn.of(Pin._meta.get_field("vector")))
            cursor.execute("INSERT INTO vector_change (source) VALUES ('test') RETURNING seq")
            return int(cursor.fetchone()[0])

    assert first("scratch") - first("default") > 1_000


def test_pruning_keeps_the_newest() -> None:
    pins = Pin.objects.bulk_create([Pin(vector=[1, 2, 3]) for _ in range(5)])
    assert prune_changes("default", keep=2) == 3
    assert noted() == [("points_pin.vector", pin.pk) for pin in pins[3:]]


def test_pruning_never_forgets_the_last_number() -> None:
    Pin.objects.create(vector=[1, 2, 3])
    prune_changes("default", keep=0)
    assert len(noted()) == 1
