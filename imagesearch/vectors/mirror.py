"""The matrices that this process keeps of its SQLite vector columns, true to the last committed row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from imagesearch.vectors import changes
from imagesearch.vectors.changes import VectorColumn
from imagesearch.vectors.codec import BYTES
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.matrix import CHUNK, Batch, VectorMatrix
from imagesearch.vectors.sqlite import FileIdentity, opened_file


class MirrorState(NamedTuple):
    """A matrix, and the change up to which it is true."""

    file: FileIdentity | None
    seq: int
    matrix: VectorMatrix


class Mirror:
    """One column's matrix, shared by the threads of this process."""

    def __init__(self, source: VectorColumn) -> None:
        self._source = source
        self._lock = Lock()
        self._shared: MirrorState | None = None

    def current(self, connection: BaseDatabaseWrapper) -> VectorMatrix:
        """The column as this connection sees it now.

        Inside a transaction it sees its own uncommitted rows, and after a rollback SQLite gives their
        numbers to other changes: what is read there is for this one look, never shared.
        """
        with connection.cursor() as cursor:
            if connection.connection.in_transaction:
                return self._follow(cursor, self._shared).matrix
            shared = self._shared
            if shared is None or not _is_current(cursor, shared):
                with self._lock:  # every search needs this very matrix
                    shared = self._shared = self._follow(cursor, self._shared)
            return shared.matrix

    def _follow(self, cursor: CursorWrapper, last: MirrorState | None) -> MirrorState:
        """The number is read before the rows: a change in between is then read twice, never missed."""
        file = opened_file(cursor.db)
        if last is not None and last.file == file:
            seq = changes.newest(cursor)
            keys = changes.between(cursor, self._source, last.seq, seq)
            if keys is not None:
                return MirrorState(file, seq, self._changed(cursor, last.matrix, keys))
        changes.install(cursor, self._source)
        seq = changes.newest(cursor)
        return MirrorState(file, seq, self._all(cursor))

    def _changed(self, cursor: CursorWrapper, matrix: VectorMatrix, keys: Sequence[int]) -> VectorMatrix:
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            self._select(cursor, some)
            batch = Batch.of(cursor.fetchall(), self._source.dimensions)
            matrix = matrix.with_changes(np.array(some, np.int64), batch)
        return matrix

    def _all(self, cursor: CursorWrapper) -> VectorMatrix:
        self._select(cursor)
        parts = iter(lambda: cursor.fetchmany(CHUNK), [])
        return VectorMatrix.of(Batch.of(part, self._source.dimensions) for part in parts)

    def _select(self, cursor: CursorWrapper, keys: Sequence[int] | None = None) -> None:
        """Ask for (key, blob), of all rows or of these; what is no vector of the right length is left out."""
        quoted = cursor.db.ops.quote_name
        key, column, table = map(quoted, (self._source.key, self._source.column, self._source.table))
        sql = f"SELECT {key}, {column} FROM {table} WHERE typeof({column}) = 'blob' AND length({column}) = %s"  # noqa: S608
        size = self._source.dimensions * BYTES
        if keys is None:
            cursor.execute(sql, [size])
        else:  # one JSON parameter holds them all: SQLite takes a limited number of parameters
            some = f"{key} IN (SELECT value FROM json_each(%s))"  # noqa: S608
            cursor.execute(f"{sql} AND {some}", [size, json.dumps(keys)])


def _is_current(cursor: CursorWrapper, shared: MirrorState) -> bool:
    return shared.file == opened_file(cursor.db) and shared.seq == changes.newest(cursor)


_mirrors: dict[tuple[str, VectorColumn], Mirror] = {}


def mirror(connection: BaseDatabaseWrapper, field: VectorField) -> Mirror:
    """The mirror of a column in the connection's database."""
    source = VectorColumn.of(field)
    return _mirrors.setdefault((str(connection.settings_dict["NAME"]), source), Mirror(source))
