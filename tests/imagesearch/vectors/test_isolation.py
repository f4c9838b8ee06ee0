"""nearest() beside transactions, rollbacks, threads and any sequence of writes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from imagesearch.vectors.changes import prune_changes
from imagesearch.vectors.functions import CosineDistance
from imagesearch.vectors.nearest import Neighbours, distances, nearest
from tests.imagesearch.vectors.pins import Elsewhere, X, Y, Z, near_x, pin, undone
from tests.points.models import Pin, Sketch
from tests.support.rounding import about

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_transaction_sees_its_own_rows_and_nobody_else_does(elsewhere: Elsewhere) -> None:
    (key,) = pin(Y)
    near_x()
    with undone():
        (own,) = pin(X)
        Pin.objects.filter(pk=key).update(vector=Z)
        assert near_x() == [(own, 0.0), (key, 1.0)]
        assert distances(Pin, "vector", Z, [key]) == {key: 0.0}
        assert elsewhere(near_x) == [(key, 1.0)]
        assert elsewhere(lambda: distances(Pin, "vector", Z, [key])) == {key: 1.0}
    assert near_x() == [(key, 1.0)]


def test_numbers_given_again_after_a_rollback_are_read_anew(elsewhere: Elsewhere) -> None:
    """The undone row and the one after it share key and (on SQLite) change number, but not the vector."""
    (first,) = pin(Y)
    again = first + 1
    near_x()
    with undone():
        Pin.objects.create(pk=again, vector=X)
        assert near_x()[0] == (again, 0.0)
        elsewhere(near_x)
    Pin.objects.create(pk=again, vector=Z)
    assert elsewhere(near_x) == near_x() == [(first, 1.0), (again, 1.0)]
    assert distances(Pin, "vector", Z, [again]) == {again: 0.0}


def test_savepoints_that_are_undone_leave_nothing_either() -> None:
    (first,) = pin(Y)
    again = first + 1
    near_x()
    with transaction.atomic():
        with undone():
            Pin.objects.create(pk=again, vector=X)
            assert near_x()[0] == (again, 0.0)
        Pin.objects.create(pk=again, vector=[3, 4, 0])
        assert near_x()[0] == (again, 0.4)
    assert near_x()[0] == (again, 0.4)


@pytest.mark.sqlite
def test_a_first_search_inside_a_transaction_that_is_undone(scratch: Path) -> None:
    with undone("scratch"):
        Pin.objects.using("scratch").create(vector=X)
        assert len(near_x(using="scratch")) == 1
    assert near_x(using="scratch") == []
    row = Pin.objects.using("scratch").create(vector=Y)
    assert near_x(using="scratch") == [(row.pk, 1.0)]


@pytest.mark.sqlite
def test_an_older_view_is_answered_as_of_its_own_time(elsewhere: Elsewhere) -> None:
    """A reading transaction that began before another thread's commit, which this process has read."""
    (key,) = pin(Y)
    near_x()
    connection.ensure_connection()
    raw = connection.connection
    raw.execute("BEGIN DEFERRED")
    raw.execute("SELECT COUNT(*) FROM points_pin").fetchall()
    elsewhere(lambda: [Pin.objects.update(vector=X), near_x()])
    assert near_x() == [(key, 1.0)]
    raw.execute("ROLLBACK")
    assert near_x() == [(key, 0.0)]


def test_threads_search_while_rows_are_replaced(elsewhere: Elsewhere) -> None:
    """Each of them sees the row once, with the old vector or the new one."""
    key, *others = pin(X, *[Z] * 20)
    seen: list[Neighbours] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            seen.append(nearest(Pin, "vector", X, 1, allowed=[key]))
        connection.close()

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(60):
        Pin.objects.filter(pk=key).update(vector=(Y, X)[turn % 2])
        Pin.objects.filter(pk=others[turn % 20]).update(vector=[0, turn + 1, 1])
    done.set()
    for thread in threads:
        thread.join()
    assert {tuple(found) for found in seen} <= {((key, 0.0),), ((key, 1.0),)}
    assert near_x(1, allowed=[key]) == [(key, 0.0)]


class Table(RuleBasedStateMachine):
    """Writes of every kind, some of them undone; each search must order as measuring row by row does."""

    vectors = st.tuples(*[st.integers(-2, 2)] * 3).filter(any)
    keys = st.integers(1, 15)

    @initialize()
    def empty(self) -> None:
        Sketch.objects.all().delete()

    @rule(rows=st.dictionaries(keys, vectors, min_size=1, max_size=5))
    def add(self, rows: dict[int, Any]) -> None:
        told = connection.features.supports_update_conflicts_with_target  # MySQL's kin finds the key itself
        Sketch.objects.bulk_create(
            [Sketch(pk=key, vector=vector) for key, vector in rows.items()],
            update_conflicts=True,
            update_fields=["vector"],
            unique_fields=["id"] if told else None,
        )

    @rule(key=keys, vector=st.none() | vectors)
    def replace(self, key: int, vector: Any) -> None:
        Sketch.objects.filter(pk__lte=key).update(vector=vector)

    @rule(key=keys)
    def remove(self, key: int) -> None:
        Sketch.objects.filter(pk=key).delete()

    @rule(key=keys, other=st.integers(16, 20))
    def move(self, key: int, other: int) -> None:
        if not Sketch.objects.filter(pk=other).exists():
            Sketch.objects.filter(pk=key).update(id=other)

    @rule(rows=st.dictionaries(keys, vectors, min_size=1, max_size=5), key=keys)
    def undo(self, rows: dict[int, Any], key: int) -> None:
        with undone():
            self.remove(key)
            self.add(rows)
            self.every_search_is_exact()

    @rule()
    def prune(self) -> None:
        prune_changes("default", keep=2)

    @invariant()
    def every_search_is_exact(self) -> None:
        rows = Sketch.objects.exclude(vector=None)
        measured = rows.values_list("pk", CosineDistance("vector", (1, 2, 0)))
        found = nearest(Sketch, "vector", (1, 2, 0), 30)
        assert dict(found) == about(dict(measured))
        assert found == sorted(found, key=lambda pair: (pair[1], pair[0]))
        few = nearest(Sketch, "vector", (1, 2, 0), 3, allowed=range(1, 9))
        expected = [pair for pair in found if pair[0] < 9]
        # Distances that differ beyond the seventh digit are equal to us, and not to TiDB, which cuts.
        assert [distance for _, distance in few] == [distance for _, distance in expected[:3]]
        assert set(few) <= set(expected)


@pytest.mark.slow
def test_any_sequence_of_writes_is_followed() -> None:
    run_state_machine_as_test(Table, settings=settings(max_examples=25, stateful_step_count=25))
