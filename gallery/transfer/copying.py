"""Makes a table of the target like the source's: what is there stays, so that a killed move goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError

from gallery.transfer.tables import KEYS, Row, Table, canonical
from gallery.transfer.target import SOURCE, TARGET
from imagesearch.database.errors import explain
from imagesearch.database.transactions import atomically, number


class RowsRefused(Exception):
    """A row that the target refuses; the sentence names it."""


def copy(table: Table, done: Callable[[int], None]) -> None:
    """`done` is told how many more rows are there now. Raises RowsRefused. Room must be made first."""
    for batch in table.batches(SOURCE):
        try:
            put(table, batch)
        except DatabaseError as error:
            if explain(error, TARGET):
                raise
            raise RowsRefused(_culprit(table, batch)) from error
        done(len(batch))


def make_room(table: Table) -> None:
    """Delete what the source no longer has, and what has a unique value that may now be another row's."""
    columns = sorted({field.attname for fields in table.unique for field in fields})
    for batch in table.batches(TARGET, columns or [table.key], KEYS):
        kept = table.find(SOURCE, batch, columns or [table.key])
        _delete(table, [key for key, row in batch.items() if not same(kept.get(key), row)])


def _delete(table: Table, keys: list[Any]) -> None:
    if keys:
        atomically(lambda: table.delete(TARGET, keys), using=TARGET, repeatable=True)


def put(table: Table, batch: dict[Any, Row]) -> None:
    """Have the target hold these rows. What it holds is read again in each try: repeating does no harm."""

    def work() -> None:
        there = table.find(TARGET, batch)
        wrong = [key for key, row in batch.items() if not same(there.get(key), row)]
        table.delete(TARGET, [key for key in wrong if key in there])
        table.insert(TARGET, [batch[key] for key in wrong])

    atomically(work, using=TARGET, repeatable=True)


def same(one: Row | None, other: Row) -> bool:
    return one is not None and canonical(one) == canonical(other)


def _culprit(table: Table, batch: dict[Any, Row]) -> str:
    """The first of these rows that is refused when it comes alone."""
    for key, row in batch.items():
        try:
            put(table, {key: row})
        except DatabaseError as error:
            return (
                f"{table.name} {key} is refused by the database (error {number(error) or error}). Change it "
                "in the gallery, and run this again."
            )
    return f"{table.name} has changed meanwhile. Run this again; better while the gallery is stopped."
