"""Gives each SQLite connection TiDB's distance functions, and remembers which file it opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

from imagesearch.vectors.codec import STORED

Numbers = NDArray[np.float64]
FileIdentity = tuple[int, int]  # device and inode

_files: WeakKeyDictionary[BaseDatabaseWrapper, FileIdentity | None] = WeakKeyDictionary()


def prepare(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor != "sqlite":
        return
    for name, measure in FUNCTIONS.items():
        connection.connection.create_function(name, 2, _in_sql(measure), deterministic=True)
    try:
        status = os.stat(connection.settings_dict["NAME"])
    except OSError:  # a database in memory
        _files[connection] = None
    else:
        _files[connection] = (status.st_dev, status.st_ino)


def database_file(connection: BaseDatabaseWrapper) -> Path | None:
    """Of SQLite; None of a database in memory, and of any other."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or name.startswith("file:"):
        return None
    return Path(name).absolute()


def refresh_statistics(using: str) -> None:
    """Tell SQLite's planner how many rows share a value; without, it takes any index for a selective one.

    Takes milliseconds, since it samples. Among 100,000 images a search is four times faster afterwards.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 400")
            cursor.execute("ANALYZE")


def prepare_open_connections() -> None:
    """For connections that were opened before anybody listened."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            prepare(connection)


def opened_file(connection: BaseDatabaseWrapper) -> FileIdentity | None:
    """The file behind an open connection, which may by now have given its name to another."""
    return _files.get(connection)


def _in_sql(measure: Callable[[Numbers, Numbers], float | None]) -> Callable[..., float | None]:
    def function(left: bytes | None, right: bytes | None) -> float | None:
        if left is None or right is None:
            return None
        a, b = (np.frombuffer(blob, STORED).astype(np.float64) for blob in (left, right))
        return measure(a, b)

    return function


def _cosine_distance(a: Numbers, b: Numbers) -> float | None:
    norms = float(np.sqrt((a @ a) * (b @ b)))
    return 1.0 - min(1.0, max(-1.0, float(a @ b) / norms)) if norms else None


def _l2_distance(a: Numbers, b: Numbers) -> float:
    return float(np.linalg.norm(a - b))


def _l1_distance(a: Numbers, b: Numbers) -> float:
    return float(np.abs(a - b).sum())


def _negative_inner_product(a: Numbers, b: Numbers) -> float:
    return -float(a @ b)


FUNCTIONS: dict[str, Callable[[Numbers, Numbers], float | None]] = {
    "VEC_COSINE_DISTANCE": _cosine_distance,
    "VEC_L2_DISTANCE": _l2_distance,
    "VEC_L1_DISTANCE": _l1_distance,
    "VEC_NEGATIVE_INNER_PRODUCT": _negative_inner_product,
}
