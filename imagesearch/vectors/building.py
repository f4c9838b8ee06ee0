"""Makes and drops the vector index of a column. Never run on a TiFlash: see tiflash.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database.transactions import number
from imagesearch.database.urls import patient
from imagesearch.errors import IndexRefused
from imagesearch.vectors import tiflash
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.tiflash import Replica, State

PAUSE = 1.0
"""Seconds between two looks at the progress."""
EXISTS = 1061
GONE = 1091
REASONS = {
    1044: "The user of DATABASE_URL may not do this; it needs ALTER and INDEX on the database.",
    1142: "The user of DATABASE_URL may not do this; it needs ALTER and INDEX on the table.",
    1227: "The user of DATABASE_URL may not do this.",
    1105: "Most often the cluster has fewer TiFlash nodes than replicas were asked for.",
    8200: "It does not do this to such a table: is it partitioned, or TiFlash encrypted at rest?",
    8214: "Somebody cancelled it.",
    9014: "TiFlash could not build the index; its log says why.",
}


class Step(NamedTuple):
    """How far one step of the making is; `total` 0 while nobody knows."""

    label: str
    done: int
    total: int


def create(
    field: VectorField,
    connection: BaseDatabaseWrapper | None = None,
    *,
    replicas: int = 1,
    pause: float = PAUSE,
) -> Iterator[Step]:
    """Bring the index about, step by step; what is there already is kept, so it may be run again.

    Stopping in the middle does no harm: TiDB goes on by itself. Raises IndexRefused.
    """
    connection = connection or tiflash.home(field)
    state = _possible(field, connection, replicas)
    if state.index and state.replica is None:
        yield Step("Dropping the dead index", 0, 0)
        _drop_index(state, connection)
        state = replace(state, index=None)
    if state.replica is None or state.replica.count < replicas:
        yield Step("Asking TiFlash for a replica", 0, 0)
        _set_replicas(state, connection, replicas)
    if state.replica is None or not state.replica.available:
        yield from _replicated(state, connection, pause)
    if not state.index:
        yield from _built(state, connection, pause)


def drop(
    field: VectorField, connection: BaseDatabaseWrapper | None = None, *, with_replica: bool = False
) -> list[str]:
    """What was dropped: nothing, the index, the replica. Raises IndexRefused."""
    connection = connection or tiflash.home(field)
    state = tiflash.look(field, connection)
    dropped = []
    if state and state.index:
        _drop_index(state, connection)
        dropped.append("index")
    if state and state.replica and with_replica:
        _set_replicas(state, connection, 0)
        dropped.append("replica")
    return dropped


def _possible(field: VectorField, connection: BaseDatabaseWrapper, replicas: int) -> State:
    state = tiflash.look(field, connection)
    if state is None:
        raise IndexRefused(
            f"Database {connection.alias!r} is no TiDB; there, search is exact and needs no index."
        )
    if state.standing in ("missing", "nullable", "old", "no tiflash"):
        raise IndexRefused(f"{state.table}: {state.sentence} {state.mend}".strip())
    if state.nodes is not None and replicas > state.nodes:
        raise IndexRefused(
            f"{replicas} replicas were asked for; each takes a TiFlash node of its own, and the cluster has "
            f"{state.nodes}."
        )
    return state


def _replicated(state: State, connection: BaseDatabaseWrapper, pause: float) -> Iterator[Step]:
    """Wait until TiFlash has the whole table."""
    label = "Copying the table to TiFlash, percent"
    while not (copy := tiflash.replica(connection, state.table) or Replica(0, False, 0.0)).available:
        yield Step(label, round(copy.progress * 100), 100)
        time.sleep(pause)
    yield Step(label, 100, 100)


def _built(state: State, connection: BaseDatabaseWrapper, pause: float) -> Iterator[Step]:
    """Make the index. Its statement returns when all is built, so it has a thread and a connection."""
    name, sql = tiflash.own_name(state.table, state.column), tiflash.statements(state.table, state.column)[1]
    failed: list[Exception] = []
    thread = Thread(target=_run_alone, args=(connection, sql, failed), daemon=True)
    thread.start()
    while thread.is_alive():
        yield _progress(state, connection, name)
        thread.join(pause)
    if failed and number(failed[0]) == EXISTS:
        yield from _followed(state, connection, name, pause)
    elif failed:
        raise _refused(sql, failed[0]) from failed[0]
    elif tiflash.index_name(connection, state.table, state.column) is None:
        raise IndexRefused("The index was made and is gone again. Did somebody drop it?")
    yield _progress(state, connection, name)


def _followed(state: State, connection: BaseDatabaseWrapper, name: str, pause: float) -> Iterator[Step]:
    """Somebody else makes this index, or an earlier run of ours does: wait for them."""
    while tiflash.index_name(connection, state.table, state.column) is None:
        if not tiflash.is_making(connection, state.table):
            raise IndexRefused("An index was being made already, and did not come about. Try again.")
        yield _progress(state, connection, name)
        time.sleep(pause)


def _progress(state: State, connection: BaseDatabaseWrapper, name: str) -> Step:
    build = tiflash.build(connection, state.table, state.column, name)
    total = build.indexed + build.waiting if build else 0
    return Step("Building the index", build.indexed if build else 0, total)


def _run_alone(connection: BaseDatabaseWrapper, sql: str, failed: list[Exception]) -> None:
    """On a connection that waits as long as it takes: there is nothing to read until the index is built."""
    alone = connection.copy()
    try:
        with patient(alone), alone.cursor() as cursor:
            cursor.execute(sql)
    except (DatabaseError, InterfaceError) as error:
        failed.append(error)
    finally:
        alone.close()


def _drop_index(state: State, connection: BaseDatabaseWrapper) -> None:
    quote = connection.ops.quote_name
    _define(connection, f"ALTER TABLE {quote(state.table)} DROP INDEX {quote(str(state.index))}", kept=GONE)


def _set_replicas(state: State, connection: BaseDatabaseWrapper, replicas: int) -> None:
    _define(connection, tiflash.statements(state.table, state.column, replicas)[0])


def _define(connection: BaseDatabaseWrapper, sql: str, kept: int | None = None) -> None:
    """Run a DDL statement; the error `kept` says that it was done already."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except (DatabaseError, InterfaceError) as error:
        if number(error) is None or number(error) != kept:
            raise _refused(sql, error) from error


def _refused(sql: str, error: Exception) -> IndexRefused:
    code = number(error)
    return IndexRefused(f"TiDB refused “{sql}” with error {code}. {REASONS.get(code or 0, '')}".strip())
