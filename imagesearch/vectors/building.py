"""Creates and drops the vector index of a column. Not yet run on a real TiFlash: see tiflash.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database.transactions import number
from imagesearch.database.urls import without_read_timeout
from imagesearch.errors import IndexRefused
from imagesearch.vectors import tiflash
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.tiflash import IndexState, Replica

PAUSE = 1.0
"""Seconds between two queries for the progress."""
EXISTS = 1061
GONE = 1091
REASONS = {
    1044: "The user of DATABASE_URL needs the privileges ALTER and INDEX on the database.",
    1142: "The user of DATABASE_URL needs the privileges ALTER and INDEX on the table.",
    1227: "The user of DATABASE_URL lacks a privilege for this.",
    1105: "Most often the cluster has fewer TiFlash nodes than the replicas requested.",
    8200: "TiDB does not support this for the table: it may be partitioned, or TiFlash encrypted at rest.",
    8214: "Someone cancelled it.",
    9014: "TiFlash could not build the index; its log says why.",
}


class Step(NamedTuple):
    """Progress of one step; `total` is 0 while it is unknown."""

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
    """Create the index, step by step; existing parts are kept, so it may be run again.

    Stopping in the middle does no harm: TiDB continues by itself. Raises IndexRefused.
    """
    connection = connection or tiflash.write_connection(field)
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
    connection = connection or tiflash.write_connection(field)
    state = tiflash.index_state(field, connection)
    dropped = []
    if state and state.index:
        _drop_index(state, connection)
        dropped.append("index")
    if state and state.replica and with_replica:
        _set_replicas(state, connection, 0)
        dropped.append("replica")
    return dropped


def _possible(field: VectorField, connection: BaseDatabaseWrapper, replicas: int) -> IndexState:
    state = tiflash.index_state(field, connection)
    if state is None:
        raise IndexRefused(
            f"Database {connection.alias!r} is not TiDB. Its searches are exact and need no index."
        )
    if state.standing in ("missing", "nullable", "old", "no tiflash"):
        raise IndexRefused(f"{state.table}: {state.sentence} {state.fix}".strip())
    if state.nodes is not None and replicas > state.nodes:
        raise IndexRefused(
            f"{replicas} replicas were requested; each needs its own TiFlash node, and the cluster has "
            f"{state.nodes}."
        )
    return state


def _replicated(state: IndexState, connection: BaseDatabaseWrapper, pause: float) -> Iterator[Step]:
    """Wait until TiFlash has the whole table."""
    label = "Copying the table to TiFlash, percent"
    while not (copy := tiflash.replica(connection, state.table) or Replica(0, False, 0.0)).available:
        yield Step(label, round(copy.progress * 100), 100)
        time.sleep(pause)
    yield Step(label, 100, 100)


def _built(state: IndexState, connection: BaseDatabaseWrapper, pause: float) -> Iterator[Step]:
    """Make the index. Its statement returns when all is built, so it has a thread and a connection."""
    name, sql = (
        tiflash.default_index_name(state.table, state.column),
        tiflash.statements(state.table, state.column)[1],
    )
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
        raise IndexRefused(
            "The index was created but is missing now. Someone may have dropped it; try again."
        )
    yield _progress(state, connection, name)


def _followed(state: IndexState, connection: BaseDatabaseWrapper, name: str, pause: float) -> Iterator[Step]:
    """Another process, or an earlier run, creates this index: wait for it."""
    while tiflash.index_name(connection, state.table, state.column) is None:
        if not tiflash.is_making(connection, state.table):
            raise IndexRefused("Another process was creating the index and failed. Try again.")
        yield _progress(state, connection, name)
        time.sleep(pause)


def _progress(state: IndexState, connection: BaseDatabaseWrapper, name: str) -> Step:
    build = tiflash.build(connection, state.table, state.column, name)
    total = build.indexed + build.waiting if build else 0
    return Step("Building the index", build.indexed if build else 0, total)


def _run_alone(connection: BaseDatabaseWrapper, sql: str, failed: list[Exception]) -> None:
    """On a connection that waits as long as it takes: there is nothing to read until the index is built."""
    alone = connection.copy()
    try:
        with without_read_timeout(alone), alone.cursor() as cursor:
            cursor.execute(sql)
    except (DatabaseError, InterfaceError) as error:
        failed.append(error)
    finally:
        alone.close()


def _drop_index(state: IndexState, connection: BaseDatabaseWrapper) -> None:
    quote = connection.ops.quote_name
    _define(connection, f"ALTER TABLE {quote(state.table)} DROP INDEX {quote(str(state.index))}", kept=GONE)


def _set_replicas(state: IndexState, connection: BaseDatabaseWrapper, replicas: int) -> None:
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
