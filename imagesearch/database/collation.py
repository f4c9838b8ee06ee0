"""How databases compare texts: an exact column, and which texts are equal to TiDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.database.release import is_tidb
from imagesearch.database.server import quoted

TEXTS_PER_QUERY = 500  # texts; TiDB answers at most 4,096 columns

if TYPE_CHECKING:
    _Field = models.CharField[Any, Any]
else:
    _Field = models.CharField


class ExactCharField(_Field):
    """For keys that Python has folded already, and for secrets.

    TiDB's collation, which people's own words need, takes more for equal than our folding does: ss for ß, ア
    for あ, and a token for one in other case.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = "utf8mb4_bin" if connection.vendor == "mysql" else None
        return {**super().db_parameters(connection), "collation": collation}


def compares_exactly(connection: BaseDatabaseWrapper) -> bool:
    """Whether a unique column holds both `Anna` and `anna`, and texts longer than it says: as in SQLite."""
    return not is_tidb(connection)


def text_keys(connection: BaseDatabaseWrapper, texts: Sequence[str]) -> list[str]:
    """What TiDB compares these texts by in a new column: those of equal keys are equal to it."""
    keys: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        collation = quoted(cursor.fetchone()[0])
        key = f"HEX(WEIGHT_STRING(CONVERT(%s USING utf8mb4) COLLATE {collation}))"
        for start in range(0, len(texts), TEXTS_PER_QUERY):
            some = texts[start : start + TEXTS_PER_QUERY]
            cursor.execute(f"SELECT {', '.join([key] * len(some))}", list(some))
            keys += cursor.fetchone()
    return keys
