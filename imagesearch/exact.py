"""Text that every database compares letter by letter, as SQLite does; and secrets, which are such text."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Field = models.CharField[Any, Any]
else:
    _Field = models.CharField


def new_token() -> str:
    """A secret of 32 letters that nobody guesses."""
    return secrets.token_urlsafe(24)


class ExactCharField(_Field):
    """For keys that Python has folded already, and for secrets.

    TiDB's collation, which people's own words need, takes more for equal than our folding does: ss for ß, ア
    for あ, and a token for one in other case.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = "utf8mb4_bin" if connection.vendor == "mysql" else None
        return {**super().db_parameters(connection), "collation": collation}
