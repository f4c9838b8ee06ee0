"""Transactions: tried again where the database asks for it; what follows a commit cannot take it back."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

T = TypeVar("T")

log = logging.getLogger(__name__)

ROLLED_BACK = frozenset({1205, 1213, 8002, 8022, 8027, 8028, 9007})
"""Nothing of the transaction is stored: deadlock, lock wait over, write conflict, schema changed meanwhile.

(TiDB's documentation lists the numbers. 1205 takes back its statement alone; `atomic` then the rest.)
"""
OUTCOME_UNKNOWN = frozenset({1053, 2006, 2013, 2055, 9001, 9002, 9003, 9004, 9005})
"""The connection or the cluster went away in the middle; a COMMIT may have stored its rows."""
NOT_CONNECTED = frozenset({0, 1040, 2002, 2003, 2005})
"""No connection: refused, too many, or closed before the statement was sent."""
SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
"""Another connection kept its lock for longer than the timeout."""
MAX_SECONDS = 5.0
"""Seconds after which no other try starts."""
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each further try; half of each is random, so that competitors do not collide again."""


def number(error: BaseException) -> int | None:
    """The database's number for an error; None where it has none.

    Only the first argument is ever read: on a message that is not UTF-8, mysqlclient crashes Python with
    the second.
    """
    first = error.args[0] if isinstance(error, DatabaseError | InterfaceError) and error.args else None
    return first if isinstance(first, int) else None


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code for an error (https://sqlite.org/rescode.html); None of other errors."""
    code = getattr(error.__cause__, "sqlite_errorcode", None) if isinstance(error, DatabaseError) else None
    return code & 0xFF if isinstance(code, int) else None


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached."""
    return (
        isinstance(error, OperationalError | InterfaceError)
        and number(error) in OUTCOME_UNKNOWN | NOT_CONNECTED
    )


def is_busy(error: BaseException) -> bool:
    """Whether nothing was stored because others were changing the same rows, even after all tries."""
    if not isinstance(error, OperationalError):
        return False
    return number(error) in ROLLED_BACK or sqlite_code(error) in SQLITE_BUSY


def atomically(work: Callable[[], T], *, using: str | None = None, repeatable: bool = False) -> T:
    """The result of `work` in one transaction, which is tried again as a whole where that may help.

    What TiDB has rolled back is tried again with growing pauses, for about five seconds. Where the outcome is
    unknown, only `repeatable` work is, which may safely run twice. Within another transaction it is part of
    that one, and the outermost one tries again. What `on_commit` was given runs once, and
    its errors never repeat the work. (SQLite's writers queue, so there nothing is tried again.)
    Raises the last database error, and what `work` raises.
    """
    connection = transaction.get_connection(using)
    if connection.in_atomic_block:
        with transaction.atomic(using=using):
            return work()
    until, pauses = time.monotonic() + MAX_SECONDS, iter(PAUSES)
    while True:
        committed: list[bool] = []
        try:
            with transaction.atomic(using=using):
                transaction.on_commit(lambda: committed.append(True), using=using)  # noqa: B023
                return work()
        except (DatabaseError, InterfaceError) as error:
            pause = next(pauses, None)
            if pause is None or time.monotonic() > until or committed:
                raise
            if not _worth_another(error, repeatable):
                raise
            if is_away(error):
                connection.close()  # so that the next statement opens another
            log.info("A transaction is tried again after error %s.", number(error))
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311


def _worth_another(error: Exception, repeatable: bool) -> bool:
    return number(error) in (
        ROLLED_BACK | NOT_CONNECTED | OUTCOME_UNKNOWN if repeatable else ROLLED_BACK | NOT_CONNECTED
    )


def after_commit(act: Callable[..., Any], *args: Any, using: str | None = None, **kwargs: Any) -> None:
    """Call `act` as soon as the transaction is committed; what it raises is logged.

    Never a bare partial: Django logs the function's name, and breaks on one that has none.
    """

    @wraps(act)
    def later() -> None:
        act(*args, **kwargs)

    transaction.on_commit(later, using=using, robust=True)
